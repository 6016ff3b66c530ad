/**
 * `reindex` rebuilds everything that is derived from frames, in an open store: compared here with what was there before, and
 * after a crash at each of its steps: a part of the states, or all of them with `VARVE_LONG=1`.
 */
import { verifyStore } from '@varve/core';
import { crashStates, replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { EventStore, WriteOptions } from '../src/index.ts';
import { contentsOf, fillStore, restOf } from './simulation/indexed-store.ts';
import { damageStoreFile, flipBit, openReader, openStore, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';
import { byType } from './simulation/workloads.ts';

const variants: Readonly<Record<string, WriteOptions>> = {
  'one partition in segments': { segmentBytes: 900 },
  'a partition per stream': { partitioner: 'perStream' },
  'commits spread over partitions': { partitioner: byType },
  'compressed frames': { compression: 'zstd' },
};
const isThorough = process.env['VARVE_LONG'] !== undefined;
const oneOf = 29;
const common: WriteOptions = { eventsPerIndexRun: 8, indexTypes: true, tagsAccessor: 'tags', hmacSecret: 'secret' };

async function filled(options: WriteOptions): Promise<{ disk: SimulatedDisk; store: EventStore }> {
  const disk = emptyDisk();
  const store = openStore(disk, options);
  await fillStore(store);
  return { disk, store };
}

describe.each(Object.entries(variants))('reindex, %s', (_name, variant) => {
  const options = { ...common, ...variant };

  it.each([0, 1, 20, 47])(
    'from %i on leaves everything as it was, for those who write and those who read',
    async (from) => {
      const { disk, store } = await filled(options);
      const before = contentsOf(store);
      const obtained = store.getEventStream('evens');
      const reader = openReader(disk);
      expect(contentsOf(reader)).toEqual(before);
      const { position } = store;
      expect(store.storage.reindex(from)).toMatchObject({ position, changedPositions: 0 });
      expect(contentsOf(store)).toEqual(before);
      expect(contentsOf(reader)).toEqual(before);
      expect(obtained.events).toEqual(store.getEventStream('evens').events);
      await fillStore(store);
      reader.storage.poll();
      expect(contentsOf(reader)).toEqual(contentsOf(store));
      await store.close();
      const reopened = openStore(disk, options);
      expect(contentsOf(reopened)).toEqual(contentsOf(reader));
    },
  );

  it('finds everything again when all that is derived was lost underneath an open store', async () => {
    const { disk, store } = await filled(options);
    const before = contentsOf(store);
    for (const path of storeFiles(disk)) {
      if (/\.(idx|run|ids)$/.test(path)) damageStoreFile(disk, path, (bytes) => flipBit(bytes, bytes.length >> 1));
    }
    store.storage.reindex(0);
    store.storage.close();
    expect(contentsOf(openStore(disk, options))).toEqual(before);
    expect(contentsOf(openReader(disk))).toEqual(before);
  });

  it('that is cut off at any step leaves a store that opens right', { timeout: 600_000 }, async () => {
    const { disk, store } = await filled(options);
    const before = contentsOf(store);
    for (const path of storeFiles(disk)) {
      if (/\d\.run$/.test(path)) damageStoreFile(disk, path, (bytes) => flipBit(bytes, 40));
    }
    const start = disk.medium.copy();
    disk.operations.length = 0;
    store.storage.reindex(0);
    const random = new SeededRandom(3);
    let states = 0;
    let operations = 0;
    for (const medium of replay(start, disk.operations)) {
      operations++;
      for (const state of crashStates(medium, { random, randomStates: 1 })) {
        if (!isThorough && states++ % oneOf !== 0) continue;
        const crashed = new SimulatedDisk(state.medium);
        const recovered = openStore(crashed, options);
        const where = `operation ${operations}, ${state.description}`;
        expect({ where, contents: contentsOf(recovered) }).toEqual({ where, contents: before });
        recovered.storage.close();
      }
    }
    expect(operations).toBeGreaterThan(20);
  });
});

describe('reindex', () => {
  it('says how many entries of the position index were wrong, and mends them', async () => {
    const { disk, store } = await filled(common);
    await store.close();
    damageStoreFile(disk, '.idx', (bytes) => flipBit(bytes, 8 * 10 + 1));
    const again = openStore(disk, common);
    expect(again.storage.reindex(0).changedPositions).toBe(1);
    expect(again.readEvent(11).payload).toMatchObject({ n: 11 });
  });

  // The run that covers them begins with dropped events and stays, and the entries stayed with it.
  it('mends entries right behind events that were dropped', async () => {
    const disk = emptyDisk();
    const options = { segmentBytes: 500, eventsPerIndexRun: 16 };
    const store = openStore(disk, options);
    for (let n = 1; n <= 100; n++) store.commit('a', { n });
    const { firstPosition } = await store.drop({ before: 40 });
    expect(firstPosition % 16).not.toBe(1);
    await store.close();
    damageStoreFile(disk, '.idx', (bytes) => flipBit(bytes, 8 * (firstPosition - 1)));
    const verify = async (): Promise<number> =>
      (await verifyStore(storePath, { fileSystem: disk.startProcess() })).findingCount;
    expect(await verify()).toBe(1);
    const again = openStore(disk, options);
    expect(again.storage.reindex(firstPosition).changedPositions).toBe(1);
    expect(again.storage.reindex(0).changedPositions).toBe(0);
    await again.close();
    expect(await verify()).toBe(0);
  });

  it('refuses when a frame is damaged, names it, and changes nothing that is read', async () => {
    const { disk, store } = await filled(common);
    await store.close();
    damageStoreFile(disk, '.seg', (bytes) => flipBit(bytes, 800));
    const again = openStore(disk, common);
    const files = storeFiles(disk);
    expect(() => again.storage.reindex(0)).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', path: expect.stringContaining('.seg') as string }),
    );
    expect(storeFiles(disk)).toEqual(files);
    expect(again.commit('s-0', { type: 'Even', n: 0, tags: [] }).position).toBe(49);
  });

  it('does not lose a derived stream whose function may not be taken from the store', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, restOf(common));
    await fillStore(store);
    const before = store.getEventStream('thirds').events;
    await store.close();
    const again = openStore(disk, restOf(common));
    expect(() => again.storage.reindex(0)).toThrow(
      expect.objectContaining({ code: 'MATCHER_MISSING', stream: 'thirds' }),
    );
    expect(again.getEventStream('thirds').events).toEqual(before);
    expect(again.storage.reindex(24).backfills).toBe(1);
    again.createEventStream('thirds', (event) => Number(event['n']) % 3 === 0);
    expect(again.storage.reindex(0).backfills).toBeGreaterThan(2);
    expect(again.getEventStream('thirds').events).toEqual(before);
  });

  // Readers kept the file that they had open: only a restart made them read the one by which reindex had replaced it.
  it.each([
    ['a run', /\/\d+-\d+\.run$/, 'user-1'],
    ['the run of a derived stream', /\/\d+-\d+-\d+\.run$/, 'evens'],
  ])('mends %s for readers that found it damaged', async (_, names, stream) => {
    const { disk, store } = await filled(common);
    for (const path of storeFiles(disk)) {
      if (names.test(path)) damageStoreFile(disk, path, (bytes) => flipBit(bytes, bytes.length - 1));
    }
    const reader = openReader(disk);
    const read = (): unknown => reader.getEventStream(stream).events;
    const damaged: unknown = expect.objectContaining({
      code: 'CORRUPTION',
      path: expect.stringMatching(names) as string,
    });
    expect(read).toThrow(damaged);
    expect(read).toThrow(damaged);
    store.storage.reindex(0);
    expect(read()).toEqual(store.getEventStream(stream).events);
    await fillStore(store);
    reader.storage.poll();
    expect(read()).toEqual(store.getEventStream(stream).events);
  });

  it('takes a position of the store and nothing else, and belongs to the writer', async () => {
    const { disk, store } = await filled(common);
    for (const from of [-1, 1.5, 49, Number.NaN]) {
      expect(() => store.storage.reindex(from)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    }
    expect(() => openReader(disk).storage.reindex(0)).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
    await store.close();
    expect(() => store.storage.reindex(0)).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
  });
});
