/**
 * Two histories that diverge from one copy have whole frames at the same places, of the same epoch, with good checksums.
 * Nothing but the checksum of the frame before shows that a frame or a segment of one was put into the other.
 */
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { frameLayout } from '@varve/core/internal';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A segment for each commit. */
const OWN_SEGMENTS: WriteOptions = { segmentBytes: 100 };

let ours: string;
let theirs: string;

/** Two stores with a first event in common, and two of their own. */
async function part(options: WriteOptions): Promise<void> {
  const common = temporaryDirectory();
  await commit(common, options, ['common']);
  [ours, theirs] = [temporaryDirectory(), temporaryDirectory()];
  for (const copy of [ours, theirs]) cpSync(common, copy, { recursive: true });
  await commit(ours, options, ['ours-1', 'ours-2']);
  await commit(theirs, options, ['other1', 'other2']);
  expect(segments(ours).map((path) => statSync(path).size)).toEqual(
    segments(theirs).map((path) => statSync(path).size),
  );
}

async function commit(storageDirectory: string, storageConfig: WriteOptions, types: readonly string[]): Promise<void> {
  await using store = await EventStore.open('store', { storageDirectory, storageConfig });
  for (const type of types) await store.commit('stream', { type }).durable;
}

function segments(directory: string): string[] {
  const partition = join(directory, 'store/partitions');
  const [folder] = readdirSync(partition);
  return readdirSync(join(partition, folder!))
    .sort()
    .map((name) => join(partition, folder!, name));
}

/** Where frames of a segment, or records of a catalog, begin: after 64 bytes; each has its length after its checksum. */
function startsIn(bytes: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 64; at < bytes.length; at += bytes.readUInt32LE(at + frameLayout.length)) starts.push(at);
  return starts;
}

/** Opens the store so that recovery must find everything in the frames. */
function openFromFrames(storageConfig: WriteOptions): Promise<EventStore> {
  rmSync(join(ours, 'store/head'));
  return EventStore.open('store', { storageDirectory: ours, storageConfig });
}

it('shows a frame of another history by the checksum of the one before', async () => {
  await part({});
  const [own, other] = [segments(ours)[0]!, segments(theirs)[0]!];
  const bytes = readFileSync(own);
  const last = startsIn(bytes).at(-1)!;
  readFileSync(other).copy(bytes, last, last);
  writeFileSync(own, bytes);
  await expect(openFromFrames({})).rejects.toMatchObject({ code: 'CORRUPTION', path: own });
});

it('shows a segment of another history by the checksum of the frame before', async () => {
  await part(OWN_SEGMENTS);
  const [own, other] = [segments(ours).at(-1)!, segments(theirs).at(-1)!];
  expect(segments(ours).length).toBeGreaterThan(2);
  copyFileSync(other, own);
  await expect(openFromFrames(OWN_SEGMENTS)).rejects.toMatchObject({ code: 'CORRUPTION' });
});

/** Each is larger than a block of the cache, so that a reader must go to the file for them again and again. */
const pad = 'x'.repeat(20_000);

it('shows a reader that a file took the place of another while it was open', async () => {
  const common = temporaryDirectory();
  await commit(
    common,
    {},
    ['common1', 'common2'].map((name) => name + pad),
  );
  [ours, theirs] = [temporaryDirectory(), temporaryDirectory()];
  for (const copy of [ours, theirs]) cpSync(common, copy, { recursive: true });
  // Ours has one more writer: from position 3 on, its events are of a later epoch.
  await commit(ours, {}, []);
  await commit(
    ours,
    {},
    ['ours-3', 'ours-4'].map((name) => name + pad),
  );
  await commit(
    theirs,
    {},
    ['other3', 'other4'].map((name) => name + pad),
  );
  await using reader = await ReadOnlyEventStore.open('store', {
    storageDirectory: ours,
    watch: false,
    readCacheBytes: 1,
  });
  expect(reader.readEvent(4).payload).toEqual({ type: `ours-4${pad}` });
  expect(reader.readEvent(1).payload).toEqual({ type: `common1${pad}` });
  copyFileSync(segments(theirs)[0]!, segments(ours)[0]!);
  for (const position of [3, 4]) {
    expect(() => reader.readEvent(position)).toThrow(expect.objectContaining({ code: 'DIVERGED', position }));
  }
  expect(() => reader.getAllEvents().events).toThrow(expect.objectContaining({ code: 'DIVERGED' }));
});

it('is not cut off silently where durable events are missing, with no damage to be seen', async () => {
  await part({});
  // The writer is gone without closing, and the file ends with a whole frame: a durable one is missing.
  const path = segments(ours)[0]!;
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, startsIn(bytes).at(-1)));
  const opened = EventStore.open('store', { storageDirectory: ours, storageConfig: { lock: LOCK_RECLAIM } });
  await expect(opened).rejects.toMatchObject({ code: 'CORRUPTION', expected: 3, found: 2 });
  expect(statSync(path).size).toBe(startsIn(bytes).at(-1));
});

it('shows a record of another catalog by the checksum of the one before', async () => {
  await part({});
  for (const [directory, name] of [
    [ours, 'our'],
    [theirs, 'two'],
  ] as const) {
    await using store = await EventStore.open('store', { storageDirectory: directory });
    for (const number of [1, 2]) await store.commit(`${name}-stream-${number}`, { type: 'new' }).durable;
  }
  const [own, other] = [ours, theirs].map((directory) => join(directory, 'store/catalog'));
  const bytes = readFileSync(own!);
  // The record of the second stream begins some bytes before its name; what comes after it is of theirs as well.
  const record = startsIn(bytes).findLast((at) => at < bytes.indexOf('our-stream-2'))!;
  readFileSync(other!).copy(bytes, record, record);
  writeFileSync(own!, bytes);
  const opened = EventStore.open('store', { storageDirectory: ours });
  await expect(opened).rejects.toMatchObject({ code: 'CORRUPTION', path: own, offset: record });
});

it('shows the state of a consumer of another store', async () => {
  await part({});
  const consume = async (storageDirectory: string): Promise<void> => {
    await using reader = await ReadOnlyEventStore.open('store', { storageDirectory, watch: false });
    const stop = new AbortController();
    const consumer = reader.getConsumer('_all', 'counter', { count: 0 });
    await consumer.run(() => {
      consumer.setState(({ count }) => ({ count: count + 1 }));
      if (consumer.state.count === 3) stop.abort();
    }, stop);
  };
  const stranger = temporaryDirectory();
  await commit(stranger, {}, ['a', 'b', 'c']);
  await consume(stranger);
  cpSync(join(stranger, 'store/consumers'), join(ours, 'store/consumers'), { recursive: true });
  await expect(consume(ours)).rejects.toThrow(/belongs to another store/);
});
