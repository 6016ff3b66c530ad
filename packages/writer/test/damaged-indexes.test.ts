/**
 * Damage in every file that is derived from frames: deleted, cut off at any byte, one bit flipped. The next writer gives the
 * right data, or an error that names the file and leads to `reindex`, after which it does. A reader gives the right data, an
 * error, or knows that it is behind and gives the beginning. `VARVE_LONG=1` takes every byte.
 */
import assert from 'node:assert/strict';
import { type ReadOnlyEventStore, VarveError, verifyStore } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { type EventStore, LOCK_RECLAIM, type WriteOptions } from '../src/index.ts';
import { contentsOf, fillStore } from './simulation/indexed-store.ts';
import { damageStoreFile, flipBit, openReader, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const options: WriteOptions = { eventsPerIndexRun: 16, indexTypes: true, tagsAccessor: 'tags', hmacSecret: 'secret' };
const isThorough = process.env['VARVE_LONG'] !== undefined;

/** Frames, and what cannot be rebuilt from them; notes for people. */
const isTruth = (path: string): boolean => /\.seg$|\/catalog$|store\.json$|writer\.(lock|json)$/.test(path);
const isDerived = (path: string): boolean => !isTruth(path) && !path.endsWith('.tmp');

interface Damage {
  readonly name: string;
  apply(disk: SimulatedDisk, path: string): void;
}

/** Every `step`-th byte at both ends, where something is, and few of the padding in between. */
function* offsets(sizeBytes: number, step: number): Generator<number, undefined> {
  const isPadding = (at: number): boolean => at > 192 && at < sizeBytes - 160;
  for (let at = 0; at < sizeBytes; at += isThorough ? 1 : isPadding(at) ? 1531 : step) yield at;
  return undefined;
}

function damagesOf(sizeBytes: number): Damage[] {
  const flips = [...offsets(sizeBytes, 7)].map((at) => ({
    name: `bit of byte ${at}`,
    apply: (disk: SimulatedDisk, path: string) => damageStoreFile(disk, path, (bytes) => flipBit(bytes, at)),
  }));
  const cuts = [...offsets(sizeBytes, 29)].map((length) => ({
    name: `cut to ${length}`,
    apply: (disk: SimulatedDisk, path: string) => damageStoreFile(disk, path, (bytes) => bytes.subarray(0, length)),
  }));
  return [{ name: 'deleted', apply: (disk, path) => disk.startProcess().remove(path) }, ...flips, ...cuts];
}

/** What is read, or the error; both are fine unless they are wrong. */
function attempt(read: () => unknown): { readonly value?: unknown; readonly error?: VarveError } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
    return { error };
  }
}

function payloadsOf(store: EventStore | ReadOnlyEventStore): unknown[] {
  return store.getAllEvents().events;
}

function checkReader(disk: SimulatedDisk, contents: unknown, payloads: readonly unknown[]): string {
  const opened = attempt(() => openReader(disk));
  if (opened.error !== undefined) {
    assert.equal(opened.error.code, 'CORRUPTION');
    return 'refused';
  }
  const reader = opened.value as ReadOnlyEventStore;
  try {
    const { position } = reader;
    const found = attempt(() => (position < payloads.length ? payloadsOf(reader) : contentsOf(reader)));
    if (found.error !== undefined) assert.equal(found.error.code, 'CORRUPTION');
    else assert.deepEqual(found.value, position < payloads.length ? payloads.slice(0, position) : contents);
    return found.error === undefined ? (position < payloads.length ? 'behind' : 'right') : 'error';
  } finally {
    void reader.close();
  }
}

function checkWriter(disk: SimulatedDisk, path: string, contents: unknown): string {
  const store = openStore(disk, options);
  const found = attempt(() => contentsOf(store));
  if (found.error === undefined) assert.deepEqual(found.value, contents);
  else {
    assert.equal(found.error.code, 'CORRUPTION');
    assert.equal(found.error.path, path);
    assert.match(found.error.hint ?? '', /reindex/);
    store.storage.reindex(0);
    assert.deepEqual(contentsOf(store), contents);
  }
  // An existing id is found again.
  assert(store.commit('user-1', { type: 'Odd', n: 0, tags: [] }, { commitId: 'id-7' }).isDuplicate);
  store.storage.close();
  return found.error === undefined ? 'right' : 'reindexed';
}

describe('an index run under the name of another one', () => {
  // The run was whole, and nobody checked which index it is of: a derived stream was read with the events of another one.
  it('is made again by a writer, and an error of readers', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, options);
    await fillStore(store);
    const contents = contentsOf(store);
    const payloads = payloadsOf(store);
    await store.close();
    const runs = storeFiles(disk).filter((path) => path.endsWith('.run'));
    expect(runs.length).toBeGreaterThan(3);
    for (const from of runs) {
      for (const to of runs.filter((path) => path !== from)) {
        const copy = new SimulatedDisk(disk.medium.copy());
        damageStoreFile(copy, to, () => readStoreFile(disk, from));
        expect(['refused', 'error', 'right', 'behind']).toContain(checkReader(copy, contents, payloads));
        expect(checkWriter(copy, to, contents)).toBe('right');
      }
    }
  });
});

describe('damage in what is derived from frames', () => {
  const counts = new Map<string, number>();
  afterAll(() => console.log('Damaged files, as seen by:', Object.fromEntries(counts)));

  it.each(['close', 'kill'] as const)('after a %s', { timeout: 600_000 }, async (ending) => {
    const origin = emptyDisk();
    const store = openStore(origin, options);
    await fillStore(store);
    const contents = contentsOf(store);
    const payloads = payloadsOf(store);
    if (ending === 'close') await store.close();
    else store.storage.close();
    for (const path of storeFiles(origin).filter(isDerived)) {
      const [, file] = origin.medium.files().find(([each]) => each === path)!;
      const kind = path.slice(path.lastIndexOf('/') + 1).replaceAll(/\d+/g, '#');
      for (const { name, apply } of damagesOf(file.sizeBytes)) {
        const disk = new SimulatedDisk(origin.medium.copy());
        apply(disk, path);
        try {
          for (const seen of [
            `reader, ${kind}: ${checkReader(disk, contents, payloads)}`,
            `writer, ${kind}: ${checkWriter(disk, path, contents)}`,
          ]) {
            counts.set(seen, (counts.get(seen) ?? 0) + 1);
          }
        } catch (error) {
          throw new Error(`${path}, ${name}: ${String(error)}`, { cause: error });
        }
      }
    }
    expect(counts.size).toBeGreaterThan(8);
  });
});

describe('the backfill of types and tags, which a store was given when it had events', () => {
  const query = { items: [{ types: ['Even'], tags: ['five'] }, { tags: ['n-1'] }] };
  const found = (store: EventStore): unknown[] => store.query(query).events;

  async function backfilled(): Promise<SimulatedDisk> {
    const disk = emptyDisk();
    const { indexTypes: _types, tagsAccessor: _tags, ...without } = options;
    const first = openStore(disk, without);
    await fillStore(first);
    await first.close();
    const second = openStore(disk, options);
    await fillStore(second);
    await second.close();
    return disk;
  }

  /** The runs of single indexes that only the two families have: those of derived streams end at another position. */
  const familyRuns = (disk: SimulatedDisk): string[] =>
    storeFiles(disk).filter((path) => /\/000000000000-000000000048-\d+\.run$/.test(path));

  it('is made again when it is damaged or lost', async () => {
    const disk = await backfilled();
    const whole = openStore(disk, options);
    const expected = found(whole);
    expect(expected.length).toBeGreaterThan(20);
    await whole.close();
    expect(familyRuns(disk).length).toBeGreaterThan(2);
    for (const path of familyRuns(disk)) {
      for (const damage of damagesOf(readStoreFile(disk, path).length).slice(0, 3)) {
        const copy = new SimulatedDisk(disk.medium.copy());
        damage.apply(copy, path);
        const store = openStore(copy, options);
        assert.deepEqual(found(store), expected, `${path}, ${damage.name}`);
        store.storage.reindex(0);
        assert.deepEqual(found(store), expected, `${path}, ${damage.name}, after a reindex`);
        await store.close();
        expect((await verifyStore(storePath, { fileSystem: copy.startProcess() })).findings).toEqual([]);
      }
    }
  });

  it('is not made again from what the system refuses to read', async () => {
    const disk = await backfilled();
    const [path] = familyRuns(disk);
    const store = openStore(disk, options);
    disk.faults = (call) => (call.path === path ? { code: 'EIO' } : undefined);
    expect(() => store.storage.reindex(0)).toThrow(/EIO/);
    disk.faults = undefined;
    expect(storeFiles(disk)).toContain(path);
    await store.close();
  });
});

describe('a writer that opens a store to recover it', () => {
  async function filled(): Promise<{ readonly disk: SimulatedDisk; readonly contents: unknown; readonly run: string }> {
    const disk = emptyDisk();
    const store = openStore(disk, options);
    await fillStore(store);
    const contents = contentsOf(store);
    await store.close();
    return { disk, contents, run: storeFiles(disk).find((path) => /\/000000000016-\d{12}\.run$/.test(path))! };
  }

  it('reads index runs as a whole, and makes those again that are damaged', async () => {
    const { disk, contents, run } = await filled();
    damageStoreFile(disk, run, (bytes) => flipBit(bytes, bytes.length - 1));
    const store = openStore(disk, { ...options, lock: LOCK_RECLAIM });
    expect((await verifyStore(storePath, { fileSystem: disk.startProcess() })).findings).toEqual([]);
    expect(contentsOf(store)).toEqual(contents);
    await store.close();
  });

  it('does not take a run for damaged that the system refuses to read', async () => {
    const { disk, run } = await filled();
    const before = readStoreFile(disk, run);
    let reads = 0;
    // Header and directory are read, the postings are not.
    disk.faults = ({ kind, path }) => (kind === 'read' && path === run && ++reads > 2 ? { code: 'EIO' } : undefined);
    expect(() => openStore(disk, { ...options, lock: LOCK_RECLAIM })).toThrow(/EIO/);
    disk.faults = undefined;
    expect(reads).toBeGreaterThan(2);
    expect(readStoreFile(disk, run)).toEqual(before);
  });
});
