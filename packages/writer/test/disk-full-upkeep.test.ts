/**
 * A full disk under operations that change the catalog: derived streams, closed streams, archives, dropped events. Each is
 * refused with nothing changed, and succeeds when it is tried again with room; the writer goes on in any case. A record that
 * did not fit used to end the writer, and events could be dropped before what must outlive them (the postings of streams, ids
 * of commits) was written: no later writer could open the store.
 */
import assert from 'node:assert/strict';
import { hasErrorCode } from '@varve/core';
import { type Call, type CallKind, type SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { EventStore, WriteOptions } from '../src/index.ts';
import { openReader, openStore, withoutUnsynced } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';

const options: WriteOptions = { segmentBytes: 512, eventsPerIndexRun: 1000, indexTypes: true };
const eventCount = 100;

/** Calls that need room. */
const growing: ReadonlySet<CallKind> = new Set<CallKind>(['create', 'makeDirectory', 'write', 'rename']);

interface Work {
  readonly name: string;
  act(store: EventStore): unknown;
  /** Whether it was done. */
  isDone(store: Pick<EventStore, 'getEventStream' | 'firstPosition'>, disk: SimulatedDisk): boolean;
  prepare?(store: EventStore): void;
}

const works: readonly Work[] = [
  {
    name: 'createEventStream',
    act: (store) => store.createEventStream('third', { third: true }),
    isDone: (store) => store.getEventStream('third').events.length > 0,
  },
  {
    name: 'deleteEventStream',
    prepare: (store) => void store.createEventStream('third', { third: true }),
    act: (store) => store.deleteEventStream('third'),
    isDone: (store) => store.getEventStream('third').events.length === 0,
  },
  {
    name: 'archive',
    act: (store) => store.archive({ before: 60, to: '/archive' }),
    isDone: (store, disk) => store.getEventStream('s-1').length > 0 && !hasFirstSegment(disk),
  },
  {
    name: 'drop',
    act: (store) => store.drop({ before: 60 }),
    isDone: (store) => store.firstPosition > 1,
  },
];

function hasFirstSegment(disk: SimulatedDisk): boolean {
  const names = disk.startProcess().list('/data/store/partitions/000001-shared') ?? [];
  return names.includes('00000000000000000000.seg');
}

async function filled(work: Work): Promise<{ disk: SimulatedDisk; store: EventStore }> {
  const disk = emptyDisk();
  const store = openStore(disk, options);
  commitAll(store, 1, eventCount);
  work.prepare?.(store);
  await store.commit('s-0', event(eventCount + 1)).durable;
  return { disk, store };
}

function event(n: number): object {
  return { type: n % 2 === 0 ? 'Even' : 'Odd', n, third: n % 3 === 0 };
}

function commitAll(store: EventStore, first: number, last: number): void {
  for (let n = first; n <= last; n++) store.commit(`s-${n % 3}`, event(n), n % 7 === 0 ? { commitId: `id-${n}` } : {});
}

/** What must be right whatever was done: nothing lost, each index over all events, ids known. */
function checkAll(store: EventStore, expectedThird: boolean): void {
  const last = store.position;
  assert.equal(store.getStreamVersion('s-0') + store.getStreamVersion('s-1') + store.getStreamVersion('s-2'), last);
  const expected = Math.floor(last / 3);
  assert.equal(store.getStreamVersion('third'), expectedThird ? expected : 0);
  const even = store.query({ items: [{ types: ['Even'] }] });
  assert.equal(even.version, Math.floor(last / 2));
  if (store.firstPosition === 1) assert(store.commit('s-0', { n: 0 }, { commitId: 'id-7' }).isDuplicate);
  assert(store.commit('s-0', { n: 0 }, { commitId: 'id-98' }).isDuplicate);
}

/** Returns false when the work was done before the call that finds no room. */
async function runWithout(work: Work, isFull: (call: Call, number: number) => boolean): Promise<boolean> {
  const { disk, store } = await filled(work);
  assert.equal(work.isDone(store, disk), false);
  let number = -1;
  let wasHit = false;
  disk.faults = (call) => {
    if (!growing.has(call.kind) || !isFull(call, ++number)) return undefined;
    wasHit = true;
    return { code: 'ENOSPC' };
  };
  let refused = false;
  try {
    await work.act(store);
  } catch (error) {
    refused = true;
    assert(hasErrorCode(error, 'DISK_FULL') || hasErrorCode(error, 'STORE_UNAVAILABLE'), String(error));
    assert.equal(work.isDone(store, disk), false);
  }
  disk.faults = undefined;
  commitAll(store, eventCount + 2, eventCount + 9);
  store.flush();
  // As after a power cut at this moment, and for a reader.
  const afterCrash = withoutUnsynced(disk);
  const crashed = openStore(afterCrash, options);
  assert.equal(work.isDone(crashed, afterCrash), !refused);
  crashed.storage.close();
  if (refused) await work.act(store);
  assert.equal(work.isDone(store, disk), true);
  const isThird = store.getStreamVersion('third') > 0;
  const reader = openReader(disk);
  assert.equal(work.isDone(reader, disk), true);
  await reader.close();
  checkAll(store, isThird);
  commitAll(store, eventCount + 10, eventCount + 12);
  checkAll(store, isThird);
  await store.close();
  const reopened = openStore(disk, options);
  assert.equal(work.isDone(reopened, disk), true);
  checkAll(reopened, isThird);
  await reopened.close();
  return wasHit;
}

describe('work on the catalog without room', () => {
  it.each(works)('$name, from each call on', { timeout: 60_000 }, async (work) => {
    let nth = 0;
    for (; ; nth++) {
      try {
        if (!(await runWithout(work, (_call, number) => number >= nth))) break;
      } catch (error) {
        throw new Error(`${work.name}, no room from call ${nth} on: ${String(error)}`, { cause: error });
      }
    }
    expect(nth).toBeGreaterThan(0);
  });

  it.each(works)('$name, for one call', { timeout: 60_000 }, async (work) => {
    let nth = 0;
    for (; ; nth++) {
      try {
        if (!(await runWithout(work, (_call, number) => number === nth))) break;
      } catch (error) {
        throw new Error(`${work.name}, no room for call ${nth}: ${String(error)}`, { cause: error });
      }
    }
    expect(nth).toBeGreaterThan(0);
  });
});

it('A writer that cannot be made a reader for want of room stays the writer, and can be later', async () => {
  let refusals = 0;
  for (let nth = 0, wasHit = true; wasHit; nth++) {
    const disk = emptyDisk();
    const store = openStore(disk, options);
    commitAll(store, 1, eventCount);
    let number = -1;
    wasHit = false;
    disk.faults = ({ kind }) => {
      if (!growing.has(kind) || ++number < nth) return undefined;
      wasHit = true;
      return { code: 'ENOSPC' };
    };
    const refusal = await store.makeReadOnly().catch((error: unknown) => error);
    disk.faults = undefined;
    if (refusal !== undefined) {
      assert(hasErrorCode(refusal, 'DISK_FULL'), `without room from call ${nth} on: ${(refusal as Error).message}`);
      refusals++;
      commitAll(store, eventCount + 1, eventCount + 3);
      await store.makeReadOnly();
    }
    expect(store.position).toBe(refusal === undefined ? eventCount : eventCount + 3);
    const next = openStore(disk, options);
    expect(next.position).toBe(store.position);
    await next.close();
    await store.close();
  }
  expect(refusals).toBeGreaterThan(3);
});

it('A writer that could not be made a reader goes on merging index runs', async () => {
  const disk = emptyDisk();
  const store = openStore(disk, { eventsPerIndexRun: 4 });
  commitAll(store, 1, 8);
  await store.commit('s-0', event(9)).durable;
  disk.faults = ({ kind, path }) => (kind === 'write' && path.endsWith('/head') ? { code: 'ENOSPC' } : undefined);
  await expect(store.makeReadOnly()).rejects.toMatchObject({ code: 'DISK_FULL' });
  disk.faults = undefined;
  for (let n = 10; n < 100; n++) {
    store.commit('s-0', event(n));
    store.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const runs = disk.startProcess().list('/data/store/indexes') ?? [];
  expect(runs.length).toBeLessThan(16);
  await store.close();
});
