/**
 * Streams are found through index runs, merged runs and the tail in memory. Runs of a few events bring all of these
 * into stores of a few hundred events, where each stream can be compared with a plain list.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CorruptionError, ReadOnlyEventStore } from '@varve/core';
import { SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { EventStore, type WriteOptions } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const storageConfig = { eventsPerIndexRun: 16 };

/** Commits `count` events to random streams, and returns what each stream must hold. */
async function fill(store: EventStore, count: number, random: SeededRandom): Promise<Map<string, number[]>> {
  const expected = new Map<string, number[]>();
  for (let number = 1; number <= count; number++) {
    const stream = `stream-${random.below(12)}`;
    store.commit(stream, { number });
    expected.set(stream, [...(expected.get(stream) ?? []), number]);
    if (random.chance(0.2)) store.flush();
    if (random.chance(0.05)) await new Promise((resolve) => setImmediate(resolve));
  }
  store.flush();
  return expected;
}

const numbersOf = (store: EventStore | ReadOnlyEventStore, stream: string, ...range: number[]): number[] =>
  [...store.getEventStream<{ number: number }>(stream, ...range)].map((event) => event.number);

/** What the store gives for each stream: its version, its events, and those from the third on, forwards and in reverse. */
const contentsOf = (store: EventStore | ReadOnlyEventStore, streams: Iterable<string>): unknown[] =>
  [...streams].map((stream) => [
    store.getStreamVersion(stream),
    numbersOf(store, stream),
    numbersOf(store, stream, 3, -1),
    numbersOf(store, stream, -1, 1),
  ]);

const contentsFrom = (expected: Map<string, number[]>): unknown[] =>
  [...expected.values()].map((numbers) => [numbers.length, numbers, numbers.slice(2), numbers.toReversed()]);

const runFiles = (directory: string): string[] => readdirSync(`${directory}/runs/indexes`);

describe('Streams in index runs', () => {
  it.each([1, 2, 3])('are whole in the writer, reopened, and in readers (seed %i)', async (seed) => {
    const directory = temporaryDirectory();
    const store = await EventStore.open('runs', { storageDirectory: directory, storageConfig });
    const expected = await fill(store, 700, new SeededRandom(seed));
    expect(contentsOf(store, expected.keys())).toEqual(contentsFrom(expected));
    const reader = await ReadOnlyEventStore.open('runs', { storageDirectory: directory });
    expect(contentsOf(reader, expected.keys())).toEqual(contentsFrom(expected));
    await reader.close();
    await store.close();

    const reopened = await EventStore.open('runs', { storageDirectory: directory, storageConfig });
    expect(contentsOf(reopened, expected.keys())).toEqual(contentsFrom(expected));
    await reopened.close();
  });

  it('are merged, so that runs are few, and a stream obtained before is still the same', async () => {
    const directory = temporaryDirectory();
    const store = await EventStore.open('runs', { storageDirectory: directory, storageConfig });
    const early = await fill(store, 120, new SeededRandom(7));
    const obtained = [...early.keys()].map((name) => store.getEventStream<{ number: number }>(name));
    await fill(store, 600, new SeededRandom(8));
    await expect.poll(() => runFiles(directory).filter((name) => name.endsWith('.run')).length).toBeLessThan(16);
    expect(obtained.map((stream) => [...stream].map((event) => event.number))).toEqual([...early.values()]);
    await store.close();
  });

  it('are found from frames where runs are missing or damaged on opening', async () => {
    const directory = temporaryDirectory();
    const store = await EventStore.open('runs', { storageDirectory: directory, storageConfig });
    const expected = await fill(store, 100, new SeededRandom(9));
    await store.close();
    const [first, second] = runFiles(directory).toSorted();
    writeFileSync(`${directory}/runs/indexes/${first!}`, 'not a run');
    rmSync(`${directory}/runs/indexes/${second!}`);
    const reopened = await EventStore.open('runs', { storageDirectory: directory, storageConfig });
    expect(contentsOf(reopened, expected.keys())).toEqual(contentsFrom(expected));
    await reopened.close();
  });

  // The error of the thread came without its code, so nobody could tell what to do about it.
  it('are not merged when one is damaged: the store tells which, and what to do', async () => {
    const directory = temporaryDirectory();
    const store = await EventStore.open('runs', { storageDirectory: directory, storageConfig });
    const errors: unknown[] = [];
    store.on('error', (error) => errors.push(error));
    const commit = (count: number): void => {
      for (let number = 0; number < count; number++) {
        store.commit('numbers', { number });
        store.flush();
      }
    };
    commit(16);
    const path = `${directory}/runs/indexes/${runFiles(directory)[0]!}`;
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    commit(7 * 16);
    await store.commit('numbers', { number: 0 }).durable;
    await expect.poll(() => errors.length, { timeout: 20_000 }).toBe(1);
    expect(errors[0]).toBeInstanceOf(CorruptionError);
    const hint = expect.stringContaining('reindex(0)') as string;
    expect(errors[0]).toMatchObject({ code: 'CORRUPTION', path, offset: expect.any(Number) as number, hint });
    await store.close();
  });

  it('are merged on any file system', async () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/data');
    const options = { ...storageConfig, fileSystem: disk.startProcess() };
    const store = await EventStore.open('runs', { storageDirectory: '/data', storageConfig: options });
    const expected = await fill(store, 400, new SeededRandom(10));
    expect(contentsOf(store, expected.keys())).toEqual(contentsFrom(expected));
    await store.close();
  });
});

describe('The names of streams', () => {
  // A merge that found no room was an error of the store, which ends a process that does not listen, and its file stayed.
  it('are merged later when there is no room for it', async () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/data');
    const options = { ...storageConfig, fileSystem: disk.startProcess() };
    const store = await EventStore.open('runs', { storageDirectory: '/data', storageConfig: options });
    const errors: unknown[] = [];
    store.on('error', (error) => errors.push(error));
    const files = (): string[] => disk.startProcess().list('/data/runs/indexes') ?? [];
    const commit = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number++) {
        store.commit('numbers', { number });
        store.flush();
      }
      await new Promise((resolve) => setImmediate(resolve));
    };
    const merged = '/data/runs/indexes/000000000000-000000000128.run.tmp';
    disk.faults = ({ kind, path }) => (kind === 'write' && path === merged ? { code: 'ENOSPC' } : undefined);
    await commit(130);
    expect(errors).toEqual([]);
    expect(files()).toHaveLength(8);
    disk.faults = undefined;
    await commit(16);
    expect(files()).toHaveLength(2);
    await store.close();
  });

  // The thread that merged them went on writing after the lock was released, beside the next writer.
  it('are not merged by a writer that cannot be opened', () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/data');
    const open = (options: WriteOptions): EventStore =>
      new EventStore('runs', {
        storageDirectory: '/data',
        storageConfig: { ...options, fileSystem: disk.startProcess() },
      });
    const runs = (): string[] => (disk.startProcess().list('/data/runs/indexes') ?? []).sort();
    for (const eventsPerIndexRun of [16, 1000]) {
      const store = open({ eventsPerIndexRun, indexTypes: true });
      for (let number = 1; number <= 112; number++) {
        store.commit('numbers', { type: 'Counted', number });
        store.flush();
      }
      store.storage.close();
    }
    expect(runs()).toHaveLength(7);
    const other = { ...storageConfig, typeAccessor: 'kind' };
    expect(() => open(other)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    const left = runs();
    open({ ...storageConfig, indexTypes: true }).storage.close();
    // The runs that it made of the frames stay, and the next writer merges them.
    expect(left.length).toBeGreaterThan(7);
    expect(runs().length).toBeLessThan(left.length);
  });

  it('are found by the name index, and those behind it in memory', async () => {
    const directory = temporaryDirectory();
    const config = { storageDirectory: directory };
    const names = Array.from({ length: 1500 }, (_, index) => `stream-\u{1f30d}-${index}`);
    const store = await EventStore.open('names', config);
    for (const name of names) store.commit(name, { name });
    await store.close();
    expect(readdirSync(`${directory}/names`).some((file) => /^names-\d+\.idx$/.test(file))).toBe(true);

    const reopened = await EventStore.open('names', config);
    reopened.commit('late', { name: 'late' });
    for (const name of [names[0]!, names[700]!, names[1499]!, 'late']) {
      expect(reopened.getEventStream(name).events).toEqual([{ name }]);
      expect(() => reopened.commit(name, { name }, 0)).toThrow('at version 1');
    }
    expect(reopened.hasStream('stream-unknown')).toBe(false);
    expect(reopened.streamNames()).toEqual([...names, 'late']);
    reopened.flush();
    const reader = await ReadOnlyEventStore.open('names', config);
    expect(reader.getEventStream('late').events).toEqual([{ name: 'late' }]);
    expect(reader.readEvent(701).stream).toBe(names[700]);
    await reader.close();
    await reopened.close();
  });

  it('are found by their records, however long these are and wherever they lie', async () => {
    const directory = temporaryDirectory();
    const names = Array.from({ length: 1100 }, (_, index) => `${index}-`.padEnd(8 + ((index * 37) % 1000), 'x'));
    const store = await EventStore.open('names', { storageDirectory: directory });
    for (const name of names) store.commit(name, { name });
    await store.close();
    const reader = await ReadOnlyEventStore.open('names', { storageDirectory: directory });
    expect(names.filter((name) => reader.getStreamVersion(name) !== 1)).toEqual([]);
    await reader.close();
  });

  it('are read from the catalog when the name index is damaged', async () => {
    const directory = temporaryDirectory();
    const store = await EventStore.open('names', { storageDirectory: directory });
    for (let index = 0; index < 1200; index++) store.commit(`stream-${index}`, { index });
    await store.close();
    const file = readdirSync(`${directory}/names`).find((name) => name.startsWith('names-'))!;
    writeFileSync(`${directory}/names/${file}`, 'not an index');
    const reopened = await EventStore.open('names', { storageDirectory: directory });
    expect(reopened.getEventStream('stream-1100').events).toEqual([{ index: 1100 }]);
    await reopened.close();
  });
});
