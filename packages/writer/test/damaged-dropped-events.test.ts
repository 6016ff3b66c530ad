/**
 * Frames of dropped events that share a segment with others mean nothing any more. A damaged one was in the way of the next
 * writer: it refused the store, or the whole partition, although a check found that every event is there.
 */
import { fileHeaderBytes } from '@varve/core/internal';
import { type ReadOnlyEventStore, verifyStore, type VerifyResult } from '@varve/core';
import type { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { EventStore } from '../src/index.ts';
import { damageStoreFile, flipBit, openReader, openStore, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

/** The frames of the stream `long` are few, and all in one segment. */
const options = { partitioner: 'perStream', segmentBytes: 300 } as const;
const longSegment = '000003-long/00000000000000000000.seg';

const verify = async (disk: SimulatedDisk): Promise<VerifyResult> =>
  verifyStore(storePath, { fileSystem: disk.startProcess() });

function numbersFrom(store: EventStore | ReadOnlyEventStore, first: number): number[] {
  return [...store.getEventStream<{ n: number }>('_all', first)].map(({ n }) => n);
}

async function dropped(isKilled: boolean): Promise<{ disk: SimulatedDisk; events: number[]; first: number }> {
  const disk = emptyDisk();
  const process = disk.startProcess();
  const store = openStore(disk, options, process);
  for (let n = 1; n <= 30; n++) store.commit(n % 10 === 0 ? 'long' : `s-${n % 2}`, { n });
  const { firstPosition: first } = await store.drop({ before: 25 });
  expect(first).toBeGreaterThan(20);
  const events = numbersFrom(store, first);
  if (isKilled) process.kill();
  else await store.close();
  return { disk, events, first };
}

describe('a damaged frame of dropped events', () => {
  it.each([
    ['closed', false],
    ['killed', true],
  ])('is passed by the next writer of a store that was %s', async (_, isKilled) => {
    const { disk, events, first } = await dropped(isKilled);
    damageStoreFile(disk, longSegment, (bytes) => flipBit(bytes, 64 + 30));
    expect(await verify(disk)).toMatchObject({ findings: [] });
    const store = openStore(disk, options);
    expect(numbersFrom(store, first)).toEqual(events);
    store.commit('long', { n: 31 });
    store.storage.reindex(0);
    expect(numbersFrom(store, first)).toEqual([...events, 31]);
    await store.close();
    expect(await verify(disk)).toMatchObject({ findings: [] });
    const reader = openReader(disk);
    expect(numbersFrom(reader, first)).toEqual([...events, 31]);
    await reader.close();
  });

  it('does not hide that the event behind it is damaged, too', async () => {
    const { disk } = await dropped(true);
    damageStoreFile(disk, longSegment, (bytes) => flipBit(flipBit(bytes, 64 + 30), bytes.length - 1));
    expect(() => openStore(disk, options)).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', path: expect.stringContaining(longSegment) as string }),
    );
  });

  // What looks like a frame of dropped events after a torn one: after the first event that was not dropped, nothing may be passed.
  it('is none where events lie before it', async () => {
    const disk = emptyDisk();
    const process = disk.startProcess();
    const store = openStore(disk, { segmentBytes: 600 }, process);
    for (let n = 1; n <= 30; n++) store.commit('s', { n });
    const { firstPosition: first } = await store.drop({ before: 20 });
    expect(first).toBeGreaterThan(1);
    await store.commit('s', { n: 31 }).durable;
    process.kill();
    const newest = storeFiles(disk).findLast((path) => path.endsWith('.seg'))!;
    // Some bytes of a torn commit, and after them an earlier frame, as an interrupted copy may leave them.
    damageStoreFile(disk, newest, (bytes) =>
      Buffer.concat([bytes, Buffer.alloc(40, 7), bytes.subarray(fileHeaderBytes)]),
    );
    expect(() => openStore(disk)).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', path: expect.stringContaining('.seg') as string }),
    );
  });
});
