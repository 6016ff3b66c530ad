/**
 * Stores with so many streams that name index and index runs are in pieces, which are read when they are needed. Damage in a
 * piece shows only then: names are still found, from the catalog, and a damaged run is an error that leads to `reindex`, never
 * a stream that is shorter, or another one.
 */
import assert from 'node:assert/strict';
import { type ReadOnlyEventStore, VarveError, verifyStore } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EventStore, LOCK_RECLAIM } from '../src/index.ts';
import { damageStoreFile, flipBit, openReader, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const streamCount = 6000;
const nameOf = (number: number): string => `stream-${number}`;
/** Pairs of names that have the same hash: the index leads to both of them. */
const sameHash = [
  ['user-ogfwnf', 'user-1fdfrpf'],
  ['user-140qpm6', 'user-1jcxwtl'],
] as const;
/** A stream that exists, and a name with the same hash that does not. */
const [thirdOfHash, missing] = ['user-117hl56', 'user-1gto8vc'];
const names = [...sameHash.flat(), thirdOfHash, ...Array.from({ length: streamCount }, (_, number) => nameOf(number))];

let closed: SimulatedDisk;
const copy = (): SimulatedDisk => new SimulatedDisk(closed.medium.copy());
const pathOf = (disk: SimulatedDisk, pattern: RegExp): string => storeFiles(disk).find((path) => pattern.test(path))!;
const indexOf = (disk: SimulatedDisk): string => pathOf(disk, /names-\d+\.idx$/);
const runOf = (disk: SimulatedDisk): string => pathOf(disk, /\.run$/);
/** The version in the file. */
const versionOf = (disk: SimulatedDisk, path: string): number => readStoreFile(disk, path)[10]!;

beforeAll(async () => {
  closed = emptyDisk();
  const store = openStore(closed);
  for (const round of [1, 2]) for (const name of names) store.commit(name, { name, round });
  await store.close();
});

/** One of `every` streams, and each that has the same hash as another. */
function sample(every: number): string[] {
  return names.filter((_, index) => index < 5 || index % every === 0);
}

function contentsOf(store: EventStore | ReadOnlyEventStore, streams: readonly string[]): unknown[] {
  return streams.map((name) => [store.getStreamVersion(name), store.getEventStream(name).events]);
}

function expectedOf(streams: readonly string[]): unknown[] {
  return streams.map((name) => [2, [1, 2].map((round) => ({ name, round }))]);
}

describe('a store of many streams', () => {
  it('has its name index and its runs in pieces, and is whole', async () => {
    expect([versionOf(closed, indexOf(closed)), versionOf(closed, runOf(closed))]).toEqual([2, 2]);
    const result = await verifyStore(storePath, { fileSystem: closed.startProcess() });
    expect(result).toMatchObject({ isWhole: true, events: names.length * 2 });
  });

  it('gives each stream its own events, in readers and in writers', async () => {
    const disk = copy();
    const store = openStore(disk);
    const reader = openReader(disk);
    for (const each of [store, reader]) {
      expect(contentsOf(each, names)).toEqual(expectedOf(names));
      expect(each.hasStream(missing)).toBe(false);
      expect(each.streamNames()).toEqual(names);
    }
    await reader.close();
    await store.close();
  });

  it('never takes a commit for a stream whose name has the same hash', async () => {
    const disk = copy();
    const store = openStore(disk);
    for (const name of [...sameHash.flat(), ...sameHash.flat().toReversed()]) {
      const version = store.getStreamVersion(name);
      expect(store.commit(name, { name, round: version + 1 }, version)).toMatchObject({ version: version + 1 });
    }
    expect(store.commit(missing, { name: missing, round: 1 }, 0)).toMatchObject({ version: 1 });
    await store.close();
    const reader = openReader(disk);
    for (const name of sameHash.flat()) {
      expect(reader.getEventStream(name).events).toEqual([1, 2, 3, 4].map((round) => ({ name, round })));
    }
    expect(reader.getEventStream(thirdOfHash).events).toHaveLength(2);
    expect(reader.getEventStream(missing).events).toEqual([{ name: missing, round: 1 }]);
    await reader.close();
  });

  it('reads little of both when it is opened, and has no file of them open when it is closed', async () => {
    const disk = copy();
    const process = disk.startProcess();
    const bytesRead = new Map<string, number>();
    const open = process.open.bind(process);
    process.open = (path, mode) => {
      const handle = open(path, mode);
      const read = handle.read.bind(handle);
      handle.read = (target, offset, length, position) => {
        const count = read(target, offset, length, position);
        bytesRead.set(path, (bytesRead.get(path) ?? 0) + count);
        return count;
      };
      return handle;
    };
    const store = openStore(disk, {}, process);
    const { length: indexBytes } = readStoreFile(disk, indexOf(disk));
    expect(bytesRead.get(indexOf(disk))).toBeLessThan(indexBytes / 2);
    expect(bytesRead.get(runOf(disk))).toBeLessThan(200);
    const catalog = pathOf(disk, /\/catalog$/);
    expect(bytesRead.get(catalog)).toBeLessThan(readStoreFile(disk, catalog).length / 3);
    expect(process.openFiles).toContain(indexOf(disk));
    await store.close();
    expect(process.openFiles).toEqual([]);
  });
});

describe('the name index that reindex makes of streams that are all in the one before', () => {
  // The index said that it covers what the one before did, and not what its name says: nobody used it, and the next writer read
  // the whole catalog.
  it('is what the catalog says, and is used', async () => {
    const disk = copy();
    const store = openStore(disk);
    store.storage.reindex(0);
    await store.close();
    expect((await verifyStore(storePath, { fileSystem: disk.startProcess() })).findings).toEqual([]);
    const made = indexOf(disk);
    const next = openStore(disk);
    await next.close();
    // If it were not used, there would be enough new names for another one.
    expect(indexOf(disk)).toBe(made);
  });
});

/** Every `step`-th byte after the header. */
function* places(sizeBytes: number, step: number): Generator<number, undefined> {
  for (let at = 64; at < sizeBytes; at += step) yield at;
  return undefined;
}

describe('a damaged piece of the name index', () => {
  it(
    'is no loss: names are found in the catalog, and the index is made again on closing',
    { timeout: 120_000 },
    async () => {
      const streams = sample(97);
      const { length } = readStoreFile(closed, indexOf(closed));
      for (const at of places(length, 7919)) {
        const disk = copy();
        const path = indexOf(disk);
        damageStoreFile(disk, path, (bytes) => flipBit(bytes, at));
        const reader = openReader(disk);
        expect(contentsOf(reader, streams)).toEqual(expectedOf(streams));
        await reader.close();
        const store = openStore(disk);
        expect(contentsOf(store, streams)).toEqual(expectedOf(streams));
        expect(store.streamNames()).toEqual(names);
        expect(store.commit(nameOf(7), { name: nameOf(7), round: 3 }, 2)).toMatchObject({ version: 3 });
        await store.close();
        expect((await verifyStore(storePath, { fileSystem: disk.startProcess() })).findings).toEqual([]);
      }
    },
  );

  it('is an error where the catalog is damaged, too', () => {
    const disk = copy();
    const { length } = readStoreFile(disk, indexOf(disk));
    const catalog = pathOf(disk, /\/catalog$/);
    damageStoreFile(disk, catalog, (bytes) => flipBit(bytes, 5000));
    for (const at of places(length, 16_384)) {
      const copied = new SimulatedDisk(disk.medium.copy());
      damageStoreFile(copied, indexOf(copied), (bytes) => flipBit(bytes, at));
      expect(() => {
        const store = openStore(copied);
        try {
          contentsOf(store, sample(1));
        } finally {
          store.storage.close();
        }
      }).toThrow(expect.objectContaining({ code: 'CORRUPTION', path: catalog }) as Error);
    }
  });
});

describe('a damaged piece of the directory of a run', () => {
  const streams = names;

  it('is an error of whoever uses it, and is made again by reindex', { timeout: 120_000 }, async () => {
    const directoryEnd = 64 + names.length * 8;
    for (const at of [64, 20_000, 40_000, directoryEnd - 1]) {
      const disk = copy();
      const path = runOf(disk);
      damageStoreFile(disk, path, (bytes) => flipBit(bytes, at));
      const reader = openReader(disk);
      expect(() => contentsOf(reader, streams)).toThrow(expect.objectContaining({ code: 'CORRUPTION', path }) as Error);
      await reader.close();
      const store = openStore(disk);
      const before = store.position;
      let refused: unknown;
      for (const name of streams) {
        try {
          assert.equal(store.getStreamVersion(name), 2);
        } catch (error) {
          refused = error;
          // Nothing is committed to a stream whose version nobody knows.
          assert.throws(() => store.commit(name, { name, round: 3 }), { code: 'CORRUPTION', path });
        }
      }
      assert(refused instanceof VarveError && refused.path === path);
      expect(refused.hint).toContain('reindex');
      expect(store.position).toBe(before);
      store.storage.reindex(0);
      expect(contentsOf(store, streams)).toEqual(expectedOf(streams));
      await store.close();
    }
  });

  it('is seen when the store is opened, where only the list of the checksums is damaged', async () => {
    const disk = copy();
    damageStoreFile(disk, runOf(disk), (bytes) => flipBit(bytes, 64 + names.length * 8 + 4 * 4 + 2));
    const store = openStore(disk);
    expect(contentsOf(store, streams)).toEqual(expectedOf(streams));
    await store.close();
  });

  it('is found by verifyStore, and by LOCK_RECLAIM, which makes the run again', async () => {
    const disk = copy();
    damageStoreFile(disk, runOf(disk), (bytes) => flipBit(bytes, 30_000));
    const { findings } = await verifyStore(storePath, { fileSystem: disk.startProcess() });
    expect(findings).toEqual([expect.objectContaining({ code: 'INDEX_RUN', path: runOf(disk) })]);
    const store = openStore(disk, { lock: LOCK_RECLAIM });
    expect(contentsOf(store, streams)).toEqual(expectedOf(streams));
    await store.close();
  });
});
