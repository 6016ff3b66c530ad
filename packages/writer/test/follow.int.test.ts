/**
 * Streams that are followed: history and new events, by one path, in the writer's process and beside it; over writers that come
 * and go, and over one that had to cut back what was delivered.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReadableEventStore, ReadOnlyEventStore, type StoredEvent } from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';

interface Numbered {
  readonly number: number;
}

let directory: string;
let writer: EventStore;
let committed: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'follow-'));
  writer = await openWriter();
  committed = 0;
});

afterEach(async () => {
  await writer.close();
  rmSync(directory, { recursive: true });
});

function openWriter(): Promise<EventStore> {
  return EventStore.open('shop', { storageDirectory: directory });
}

function openReader(): Promise<ReadOnlyEventStore> {
  return ReadOnlyEventStore.open('shop', { storageDirectory: directory, readCacheBytes: 1 });
}

/** Commits `count` events, numbered as their positions, to `order-0` to `order-2` in turn. */
function commit(count: number): void {
  for (let left = count; left > 0; left--) writer.commit(`order-${++committed % 3}`, { number: committed });
  writer.flush();
}

/** Takes `count` events, or as many as come before the end. */
async function take(events: AsyncIterator<StoredEvent<Numbered>>, count: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    expect(next.value.metadata.position).toBe(next.value.payload.number);
    numbers.push(next.value.payload.number);
  }
  return numbers;
}

function numbers(from: number, to: number, isWanted: (number: number) => boolean = () => true): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(isWanted);
}

describe.each(['writer', 'reader'] as const)('following in the process of a %s', (place) => {
  let store: ReadableEventStore;
  let abort: AbortController;

  beforeEach(async () => {
    commit(100);
    store = place === 'writer' ? writer : await openReader();
    abort = new AbortController();
  });

  afterEach(() => store.close());

  it.each([
    ['all events', () => store.follow<Numbered>('_all', abort), () => true],
    ['a stream', () => store.follow<Numbered>('order-1', abort), (number: number) => number % 3 === 1],
    [
      'a join',
      () => store.fromStreams<Numbered>('join', ['order-1', 'order-2']).follow(abort),
      (number: number) => number % 3 > 0,
    ],
    ['a category', () => store.getEventStreamForCategory<Numbered>('order').follow(abort), () => true],
    [
      'what a predicate lets through',
      () =>
        store
          .getAllEvents<Numbered>()
          .where(({ number }) => number % 7 === 0)
          .follow(abort),
      (number: number) => number % 7 === 0,
    ],
  ])('delivers history and then what comes: %s', async (_name, follow, isWanted) => {
    const events = follow();
    const history = numbers(1, 100, isWanted);
    expect(await take(events, history.length)).toEqual(history);
    for (let round = 1; round <= 5; round++) {
      const expected = numbers(committed + 1, committed + 21, isWanted);
      const taken = take(events, expected.length);
      commit(10);
      await new Promise((resolve) => setImmediate(resolve));
      commit(11);
      expect(await taken).toEqual(expected);
    }
    abort.abort();
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it('begins at a version, from the end, or with what comes only', async () => {
    expect(await take(store.follow<Numbered>('_all', { from: 98 }), 3)).toEqual([98, 99, 100]);
    expect(await take(store.follow<Numbered>('_all', { from: -2 }), 2)).toEqual([99, 100]);
    expect(await take(store.getAllEvents<Numbered>().last(1).follow(), 1)).toEqual([100]);
    const later = take(store.follow<Numbered>('_all', { from: 103 }), 2);
    commit(1);
    await new Promise((resolve) => setImmediate(resolve));
    commit(4);
    expect(await later).toEqual([103, 104]);
  });

  it('finds a stream and streams of a category that are made later', async () => {
    const stream = take(store.follow<Numbered>('user-1', abort), 2);
    const category = take(store.getEventStreamForCategory<Numbered>('user').follow(abort), 3);
    for (const name of ['user-1', 'user/a/2', 'user-1']) writer.commit(name, { number: ++committed });
    writer.flush();
    expect(await stream).toEqual([101, 103]);
    expect(await category).toEqual([101, 102, 103]);
  });

  it('ends without an error when the store closes, and leaves no listeners behind', async () => {
    const before = store.storage.listenerCount('advance');
    const events = store.follow<Numbered>('_all');
    await take(events, 100);
    const last = events.next();
    await store.close();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(store.storage.listenerCount('advance')).toBe(before);
    expect(store.storage.listenerCount('error')).toBe(0);
  });

  it('ends at once when it was aborted before', async () => {
    abort.abort();
    expect(await take(store.follow<Numbered>('_all', abort), 1)).toEqual([]);
  });

  it('refuses a range that has an end', () => {
    const stream = store.getEventStream('order-1');
    for (const range of [stream.backwards(), stream.first(3), stream.until(-2), stream.where(() => true).last(2)]) {
      expect(() => range.follow()).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    }
  });
});

describe('following', () => {
  it('delivers what was flushed only, in a writer that reads what is not', async () => {
    commit(2);
    writer.commit('order-1', { number: 3 });
    expect(writer.getAllEvents().length).toBe(3);
    const events = writer.follow<Numbered>('_all');
    const delivered: number[] = [];
    const done = take(events, 2).then(async (taken) => {
      delivered.push(...taken);
      delivered.push(...(await take(events, 1)));
    });
    // No turn of the event loop, in which the writer would flush.
    for (let step = 0; step < 100; step++) await Promise.resolve();
    expect(delivered).toEqual([1, 2]);
    writer.flush();
    await done;
    expect(delivered).toEqual([1, 2, 3]);
  });

  it('goes on over a writer that closed and one that opened', async () => {
    commit(50);
    await using reader = await openReader();
    const events = reader.getEventStreamForCategory<Numbered>('order').follow();
    expect(await take(events, 50)).toEqual(numbers(1, 50));
    await writer.close();
    writer = await openWriter();
    const taken = take(events, 20);
    commit(20);
    expect(await taken).toEqual(numbers(51, 70));
  });

  it('ends with DIVERGED when another writer cut back what was delivered', async () => {
    commit(50);
    await writer.close();
    const earlier = join(directory, 'earlier');
    cpSync(join(directory, 'shop'), earlier, { recursive: true });
    writer = await openWriter();
    commit(10);
    await using reader = await openReader();
    const fixed = reader.getAllEvents<Numbered>();
    const events = reader.follow<Numbered>('_all');
    expect(await take(events, 60)).toEqual(numbers(1, 60));
    const ended = events.next().catch((error: unknown) => error);
    await writer.close();
    // As after a power cut: the last events were never there, but the epoch of their writer is used up.
    cpSync(earlier, join(directory, 'shop'), { recursive: true });
    await (await openWriter()).close();
    writer = await openWriter();
    committed = 100;
    commit(30);
    await reader.waitFor(80);
    expect(await ended).toMatchObject({ code: 'DIVERGED' });
    expect(() => fixed.events).toThrow(expect.objectContaining({ code: 'DIVERGED' }));
  });
});
