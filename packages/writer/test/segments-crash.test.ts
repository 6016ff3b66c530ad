/**
 * Power cuts at every operation of moving segments to an archive and dropping them: each event is there, or recorded as
 * dropped; versions are as they were; and doing it again completes what was begun.
 */
import { type FileSystem, hasErrorCode } from '@varve/core';
import { crashStates, ManualClock, type Medium, replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { EventStore, hashed, LOCK_RECLAIM, type WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { commitCounted, countedIn, countFrom, thrownBy } from './counted-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const work: WriteOptions = { segmentBytes: 400, eventsPerIndexRun: 8 };
const durable = 40;

function open(fileSystem: FileSystem, options: WriteOptions): EventStore {
  const tools = { fileSystem, clock: new ManualClock(), random: new SeededRandom(11) };
  return new EventStore('store', { storageDirectory: '/data', storageConfig: { ...work, ...options, ...tools } });
}

/** A store with 40 durable events, and what is then done with it. */
async function record(
  options: WriteOptions,
  script: (store: EventStore, mark: (firstPosition: number) => void) => Promise<void>,
): Promise<{ start: Medium; disk: SimulatedDisk; marks: { operations: number; firstPosition: number }[] }> {
  const before = new StoresOnDisk().disk;
  const first = open(before.startProcess(), options);
  commitCounted(first, durable / 2);
  await first.close();
  const second = open(before.startProcess(), options);
  commitCounted(second, durable / 2, durable / 2 + 1);
  await second.close();
  const start = before.medium.crashed(before.medium.unsyncedNames, (file) => file.crashed(() => 'keep'));
  const disk = new SimulatedDisk(start.copy());
  const marks = [{ operations: 0, firstPosition: 1 }];
  const store = open(disk.startProcess(), options);
  await script(store, (firstPosition) => marks.push({ operations: disk.operations.length, firstPosition }));
  return { start, disk, marks };
}

function reopen(medium: Medium, options: WriteOptions): { disk: SimulatedDisk; store: EventStore } {
  const disk = new SimulatedDisk(medium);
  try {
    return { disk, store: open(disk.startProcess(), options) };
  } catch (error) {
    // A commit that was not durable may be torn in a way that recovery does not cut by itself.
    if (!hasErrorCode(error, 'CORRUPTION')) throw error;
    return { disk, store: open(disk.startProcess(), { ...options, lock: LOCK_RECLAIM }) };
  }
}

function check(store: EventStore, expectedFirst: readonly number[]): void {
  const { firstPosition, position } = store;
  expect(position).toBeGreaterThanOrEqual(durable);
  expect(expectedFirst).toContain(firstPosition);
  expect(countedIn(store.getAllEvents(firstPosition))).toEqual(countFrom(firstPosition, position));
  for (let n = 1; n < firstPosition; n++) {
    expect(thrownBy(() => store.readEvent(n))).toMatchObject({ code: 'EVENTS_DROPPED', position: n });
  }
  for (const rest of [0, 1, 2]) {
    const all = countFrom(1, position).filter((n) => n % 3 === rest);
    expect(store.getStreamVersion(`s-${rest}`)).toBe(all.length);
    const kept = all.filter((n) => n >= firstPosition);
    expect(countedIn(store.getEventStream(`s-${rest}`).fromPosition(firstPosition))).toEqual(kept);
  }
}

/** Segment files by partition name and offset: each may be in one place only. */
function segmentFiles(disk: SimulatedDisk): string[] {
  return disk.medium
    .files()
    .map(([path]) => path)
    .filter((path) => path.endsWith('.seg'))
    .map((path) => path.split('/').slice(-2).join('/'));
}

interface Variant {
  readonly name: string;
  readonly options: WriteOptions;
}

const variants: readonly Variant[] = [
  { name: 'one partition', options: {} },
  { name: 'a partition per stream', options: { partitioner: 'perStream' } },
  {
    name: 'hashed, with directories of their own',
    options: { partitioner: hashed(2), dataDirectory: '/fast', indexDirectory: '/small' },
  },
];

describe.each(variants)(`power cuts (seed ${seed}), $name`, ({ options }) => {
  it.each<[string, (store: EventStore, mark: (firstPosition: number) => void) => Promise<void>]>([
    [
      'while segments are archived',
      async (store) => {
        const archived = store.archive({ before: 20, to: '/archive' });
        commitCounted(store, 3, durable + 1);
        await archived;
        await store.archive({ before: 35, to: '/archive' });
        await store.close();
      },
    ],
    [
      'while events are dropped',
      async (store, mark) => {
        const dropped = store.drop({ before: 20 });
        commitCounted(store, 3, durable + 1);
        mark((await dropped).firstPosition);
        mark((await store.drop({ before: 35 })).firstPosition);
        await store.close();
      },
    ],
    [
      'while events are archived, and then dropped',
      async (store, mark) => {
        await store.archive({ before: 25, to: '/archive' });
        mark((await store.drop({ before: 35 })).firstPosition);
        await store.close();
      },
    ],
  ])(
    '%s',
    async (_what, script) => {
      const { start, disk, marks } = await record(options, script);
      const random = new SeededRandom(seed);
      let operations = 0;
      let states = 0;
      for (const medium of replay(start, disk.operations)) {
        const sinceMark = marks.findLastIndex((mark) => mark.operations <= operations);
        const expectedFirst = marks.slice(sinceMark, sinceMark + 2).map(({ firstPosition }) => firstPosition);
        for (const state of crashStates(medium, { random, randomStates: 0 })) {
          const where = `operation ${operations}, ${state.description}`;
          try {
            const { disk: after, store } = reopen(state.medium, options);
            check(store, expectedFirst);
            if (states++ % 16 === 0) await finish(after, store, options);
            else store.storage.close();
          } catch (error) {
            throw new Error(`Seed ${seed}, ${where}: ${String(error)}`, { cause: error });
          }
        }
        operations++;
      }
      expect(states).toBeGreaterThan(40);
    },
    120_000,
  );
});

/** Does all of it again on what a crash left: copies that were not recorded are replaced, and nothing is left over. */
async function finish(disk: SimulatedDisk, store: EventStore, options: WriteOptions): Promise<void> {
  await store.archive({ before: 35, to: '/archive' });
  const { firstPosition } = await store.drop({ before: 20 });
  check(store, [firstPosition]);
  const files = segmentFiles(disk);
  expect(new Set(files).size).toBe(files.length);
  await store.close();
  const again = open(disk.startProcess(), options);
  check(again, [firstPosition]);
  again.storage.close();
}
