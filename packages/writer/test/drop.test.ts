/**
 * Events that were dropped on purpose: everything that would need them says so, and everything else is as it was, over
 * crashes, recoveries and damage too.
 */
import { type EventsDroppedError, hasErrorCode } from '@varve/core';
import { type EventStore, hashed, type WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { commitCounted, countedIn, countFrom, thrownBy } from './counted-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

const small: WriteOptions = { segmentBytes: 512, eventsPerIndexRun: 16, indexTypes: true };
const shared = '/data/store/partitions/000001-shared';

async function filled(options: WriteOptions = small): Promise<{ stores: StoresOnDisk; store: EventStore }> {
  const stores = new StoresOnDisk();
  const store = stores.open(options);
  store.commit('early', { n: 0 }, { commitId: 'first' });
  commitCounted(store, 100);
  await store.commit('last', { n: 101 }, { commitId: 'latest' }).durable;
  return { stores, store };
}

function dropped(error: unknown): EventsDroppedError {
  expect(hasErrorCode(error, 'EVENTS_DROPPED')).toBe(true);
  return error as EventsDroppedError;
}

function checkReads(
  store: Pick<
    EventStore,
    | 'getAllEvents'
    | 'getEventStream'
    | 'getStreamVersion'
    | 'query'
    | 'readEvent'
    | 'getJoinedStream'
    | 'getEventStreamForCategory'
    | 'firstPosition'
    | 'position'
  >,
  first: number,
): void {
  expect(store.firstPosition).toBe(first);
  expect(store.position).toBe(102);
  for (const stream of [
    store.getAllEvents(),
    store.getEventStream('s-1'),
    store.getEventStream('early'),
    store.query({ items: [{ types: ['Even'] }] }),
    store.getJoinedStream('join', ['s-1', 's-2']),
    store.getEventStreamForCategory('s'),
    store.getAllEvents(-1, 1),
    store.getAllEvents(1, first),
  ]) {
    const error = dropped(thrownBy(() => countedIn(stream)));
    expect(error.position).toBeLessThan(first);
    expect(error.expected).toBe(first);
  }
  expect(dropped(thrownBy(() => store.readEvent(first - 1))).position).toBe(first - 1);
  // What comes after them is as it was, with its versions and positions.
  expect(countedIn(store.getAllEvents(first))).toEqual(countFrom(first - 1, 101));
  expect(store.readEvent(first).metadata.position).toBe(first);
  expect(store.getStreamVersion('early')).toBe(1);
  expect(store.getStreamVersion('s-1')).toBe(34);
  expect(countedIn(store.getEventStream('s-1').last(3))).toEqual([94, 97, 100]);
  expect(countedIn(store.getEventStream('last'))).toEqual([101]);
  expect(countedIn(store.getEventStream('s-1').fromPosition(first))).toEqual(
    countFrom(first - 1, 100).filter((n) => n % 3 === 1),
  );
}

describe('drop', () => {
  it('removes whole segments, says so for good, and leaves the rest as it was', async () => {
    const { stores, store } = await filled();
    const early = stores.openReader();
    const { firstPosition: first, segments } = await store.drop({ before: 60 });
    expect(segments.length).toBeGreaterThan(3);
    expect(first).toBeGreaterThan(30);
    expect(first).toBeLessThanOrEqual(60);
    for (const { path } of segments) expect(stores.process.stat(path)).toBeUndefined();
    checkReads(store, first);
    checkReads(early, first);
    expect(await store.drop({ before: 60 })).toEqual({ firstPosition: first, segments: [] });
    await store.close();
    const again = stores.open(small);
    checkReads(again, first);
    const late = stores.openReader();
    checkReads(late, first);
    await Promise.all([early.close(), late.close(), again.close()]);
  });

  it.each(['shared', 'perStream', 'perCategory', hashed(3)] as const)(
    'again and again, with the partitioner %s',
    async (partitioner) => {
      const options = { ...small, partitioner };
      const { stores, store } = await filled(options);
      let first = 1;
      for (const before of [30, 60, 61, 90]) {
        const result = await store.drop({ before });
        expect(result.firstPosition).toBeGreaterThanOrEqual(first);
        expect(result.firstPosition).toBeLessThanOrEqual(before);
        first = result.firstPosition;
        checkReads(store, first);
      }
      expect(first).toBeGreaterThan(30);
      await store.close();
      const again = stores.open(options);
      checkReads(again, first);
      // Partitions of which nothing is left go on, too.
      commitCounted(again, 9, 102);
      again.commit('early', { n: 111 }, 1);
      await again.close();
      const third = stores.open(options);
      expect(countedIn(third.getAllEvents(first))).toEqual(countFrom(first - 1, 111));
      expect(third.getStreamVersion('early')).toBe(2);
      await third.close();
    },
  );

  it('keeps the last commit, and whole commits', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({ ...small, partitioner: ({ payload }) => `p-${(payload as { n: number }).n % 2}` });
    const fourFrom = (first: number): object[] => countFrom(first, first + 3).map((n) => ({ n }));
    for (let n = 0; n < 40; n += 4) store.commit('s', fourFrom(n));
    const { firstPosition: first } = await store.drop({ before: 1000 });
    expect((first - 1) % 4).toBe(0);
    expect(first).toBeLessThanOrEqual(37);
    expect(countedIn(store.getAllEvents(first))).toEqual(countFrom(first - 1, 39));
    await store.close();
  });

  it('lets expected versions, conditions and commit ids work', async () => {
    const { stores, store } = await filled();
    const { firstPosition: first } = await store.drop({ before: 60 });
    await store.close();
    const again = stores.open(small);
    expect(thrownBy(() => again.commit('early', { n: 1 }, 0))).toMatchObject({
      code: 'OPTIMISTIC_CONCURRENCY',
      found: 1,
    });
    expect(thrownBy(() => again.commit('early', { n: 1 }, { commitId: 'first' }))).toMatchObject({
      code: 'EVENTS_DROPPED',
      position: 1,
    });
    expect(again.commit('last', { n: 1 }, { commitId: 'latest' })).toMatchObject({ isDuplicate: true, position: 102 });
    const own = (again.readEvent(first).metadata.commitId.match(/^(.*-)\d+$/) ?? [])[1]!;
    expect(thrownBy(() => again.commit('x', { n: 1 }, { commitId: `${own}7` }))).toMatchObject({
      code: 'EVENTS_DROPPED',
      position: 7,
    });
    const condition = (after: number): object => ({
      condition: { failIfEventsMatch: { items: [{ types: ['Even'] }] }, after },
    });
    expect(thrownBy(() => again.commit('x', { n: 1 }, condition(0)))).toMatchObject({
      code: 'CONDITION_FAILED',
      position: 3,
    });
    expect(again.commit('x', { type: 'Even', n: 1 }, condition(102)).position).toBe(103);
    expect(again.commit('early', { n: 2 }, 1).version).toBe(2);
    await again.close();
  });

  it('does not make a derived stream of less than there was', async () => {
    const { store } = await filled();
    store.createEventStream('even', { type: 'Even' });
    const { firstPosition: first } = await store.drop({ before: 60 });
    expect(thrownBy(() => store.createEventStream('odd', { type: 'Odd' }))).toMatchObject({
      code: 'EVENTS_DROPPED',
      position: 1,
    });
    expect(store.hasStream('odd')).toBe(false);
    expect(store.getStreamVersion('even')).toBe(50);
    expect(countedIn(store.getEventStream('even').fromPosition(first))).toEqual(
      countFrom(first - 1, 100).filter((n) => n % 2 === 0 && n > 0),
    );
    await store.close();
  });

  it('lets consumers go on that had handled what was dropped, and stops those that had not', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open(small);
    store.commit('early', { n: 0 });
    commitCounted(store, 10);
    const handled: number[] = [];
    const consume = async (from: EventStore, stream: string, id: string, until: number): Promise<void> => {
      const consumer = from.getConsumer(stream, id, {}, 0, { checkpoint: { everyEvents: 1 } });
      const done = new Promise<void>((resolve, reject) => {
        consumer.on('error', reject);
        consumer.on('data', (event) => {
          handled.push((event as { n: number }).n);
          if ((event as { n: number }).n >= until) resolve();
        });
      });
      try {
        await done;
      } finally {
        await consumer.stop();
      }
    };
    await consume(store, 'early', 'done', 0);
    await consume(store, '_all', 'halfway', 10);
    commitCounted(store, 90, 11);
    await store.drop({ before: 60 });
    await store.close();
    const again = stores.open(small);
    handled.length = 0;
    again.commit('early', { n: 500 });
    await consume(again, 'early', 'done', 500);
    expect(handled).toEqual([500]);
    await expect(consume(again, '_all', 'halfway', 500)).rejects.toMatchObject({
      code: 'EVENTS_DROPPED',
      position: 12,
    });
    await expect(consume(again, '_all', 'new', 500)).rejects.toMatchObject({ code: 'EVENTS_DROPPED', position: 1 });
    await again.close();
  });

  it('takes segments from an archive as well', async () => {
    const { stores, store } = await filled();
    const archived = await store.archive({ before: 40, to: '/archive' });
    const { firstPosition: first, segments } = await store.drop({ before: 60 });
    expect(segments.length).toBeGreaterThan(archived.segments.length);
    for (const { archivedTo } of archived.segments) expect(stores.process.stat(archivedTo!)).toBeUndefined();
    checkReads(store, first);
    await store.close();
    const again = stores.open(small);
    checkReads(again, first);
    await again.close();
  });
});

describe('what was dropped, when other files are lost', () => {
  async function droppedStore(): Promise<{ stores: StoresOnDisk; first: number }> {
    const { stores, store } = await filled();
    const { firstPosition: first } = await store.drop({ before: 60 });
    await store.close();
    return { stores, first };
  }

  it.each([
    ['the head', ['head']],
    ['the position index', ['positions-000000000001.idx']],
    ['both', ['head', 'positions-000000000001.idx']],
  ])('is known to a recovery without %s', async (_what, names) => {
    const { stores, first } = await droppedStore();
    for (const name of names) stores.disk.startProcess().remove(`/data/store/${name}`);
    const store = stores.open(small);
    checkReads(store, first);
    commitCounted(store, 3, 102);
    await store.close();
    const reader = stores.openReader();
    expect(countedIn(reader.getAllEvents(first))).toEqual(countFrom(first - 1, 104));
    await reader.close();
  });

  it('is respected by reindex, which makes the rest again', async () => {
    const { stores, first } = await droppedStore();
    const store = stores.open(small);
    for (const from of [0, 7, first, 100]) {
      store.storage.reindex(from);
      checkReads(store, first);
    }
    expect(thrownBy(() => store.commit('early', { n: 1 }, { commitId: 'first' }))).toMatchObject({
      code: 'EVENTS_DROPPED',
    });
    await store.close();
  });

  it('is damage when the runs are gone that have its versions', async () => {
    const { stores } = await droppedStore();
    const process = stores.disk.startProcess();
    for (const name of process.list('/data/store/indexes')!) process.remove(`/data/store/indexes/${name}`);
    const reader = stores.openReader();
    expect(thrownBy(() => reader.getStreamVersion('early'))).toMatchObject({ code: 'CORRUPTION', position: 1 });
    expect(thrownBy(() => stores.open(small))).toMatchObject({ code: 'CORRUPTION', position: 1 });
    expect(stores.disk.locks.size).toBe(0);
    await reader.close();
  });

  it('is damage when the ids of its commits are gone', async () => {
    const { stores } = await droppedStore();
    const process = stores.disk.startProcess();
    for (const name of process.list('/data/store/commit-ids')!) process.remove(`/data/store/commit-ids/${name}`);
    expect(thrownBy(() => stores.open(small))).toMatchObject({ code: 'CORRUPTION', position: 1 });
  });

  it('is not what excuses a segment that is missing behind it', async () => {
    const { stores, first } = await droppedStore();
    const process = stores.disk.startProcess();
    const left = process.list(shared)!.sort();
    process.remove(`${shared}/${left[0]!}`);
    const reader = stores.openReader();
    expect(reader.position).toBe(0);
    await reader.close();
    const writer = stores.open(small);
    expect(thrownBy(() => countedIn(writer.getAllEvents(first)))).toMatchObject({ code: 'CORRUPTION' });
    await writer.close();
  });
});
