/** Consumers, over each kind of source and by each way of taking events: in the writer's process and beside it. */
import { readdirSync, rmSync } from 'node:fs';
import { type ConsumedSource, type Consumer, type ReadableEventStore, ReadOnlyEventStore } from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Numbered {
  readonly type: string;
  readonly number: number;
  readonly tags: readonly string[];
}

let storageDirectory: string;
let writer: EventStore;
let committed: number;

beforeEach(async () => {
  storageDirectory = temporaryDirectory();
  const storageConfig = { indexTypes: true, tagsAccessor: 'tags', eventsPerIndexRun: 64 };
  writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  writer.createEventStream('sevens', { number: [7, 77, 107, 177] });
  committed = 0;
});

afterEach(() => writer.close());

/** Commits `count` events, numbered as their positions, to `order-0`, `order-1`, `order-2` and `other` in turn. */
function commit(count: number): void {
  for (let left = count; left > 0; left--) {
    const number = ++committed;
    const stream = number % 4 === 3 ? 'other' : `order-${number % 4}`;
    writer.commit(stream, { type: number % 2 === 0 ? 'Even' : 'Odd', number, tags: [`mod:${number % 5}`] });
  }
  writer.flush();
}

function openReader(): Promise<ReadOnlyEventStore> {
  return ReadOnlyEventStore.open('shop', { storageDirectory, readCacheBytes: 1 });
}

interface Seen {
  readonly numbers: readonly number[];
}

/** Collects the numbers of the events in the state. */
function collector(store: ReadableEventStore, source: ConsumedSource, id = 'seen'): Consumer<Seen, Numbered> {
  return store.getConsumer<Seen, Numbered>(source, id, { numbers: [] });
}

/** Runs until everything up to `position` was handled. */
async function runTo(consumer: Consumer<Seen, Numbered>, position: number): Promise<readonly number[]> {
  const stop = new AbortController();
  const run = consumer.run(
    (event) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, event.number] })),
    stop,
  );
  await Promise.race([consumer.waitFor(position), run]);
  stop.abort();
  await run;
  return consumer.state.numbers;
}

function numbers(from: number, to: number, isWanted: (number: number) => boolean = () => true): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(isWanted);
}

const query = { items: [{ types: ['Even'], tags: ['mod:2'] }, { tags: ['mod:3'] }] };
const sources: [string, ConsumedSource, (number: number) => boolean][] = [
  ['a stream', 'order-1', (number) => number % 4 === 1],
  ['all events', '_all', () => true],
  ['a derived stream', 'sevens', (number) => [7, 77, 107, 177].includes(number)],
  [
    'a join',
    { streams: ['order-2', 'other', 'sevens'] },
    (number) => number % 4 > 1 || number === 77 || number === 177,
  ],
  ['a category', { category: 'order' }, (number) => number % 4 !== 3],
  ['a query', { query }, (number) => (number % 2 === 0 && number % 5 === 2) || number % 5 === 3],
];

describe.each(['writer', 'reader'] as const)('in the process of a %s, a consumer of', (place) => {
  it.each(sources)('%s handles each event once, over restarts', async (_name, source, isWanted) => {
    commit(100);
    let store: ReadableEventStore = place === 'writer' ? writer : await openReader();
    expect(await runTo(collector(store, source), 100)).toEqual(numbers(1, 100, isWanted));
    commit(100);
    if (place === 'reader') {
      await store.close();
      store = await openReader();
    }
    const consumer = collector(store, source);
    expect(consumer.state.numbers).toEqual(numbers(1, 100, isWanted));
    const live = runTo(consumer, 260);
    commit(60);
    expect(await live).toEqual(numbers(1, 260, isWanted));
    expect(consumer.version).toBe(numbers(1, 260, isWanted).length);
    if (place === 'reader') await store.close();
  });

  it.each(sources)('%s begins after a version', async (_name, source, isWanted) => {
    commit(30);
    const store = place === 'writer' ? writer : await openReader();
    const all = numbers(1, 200, isWanted);
    for (const since of [0, 1, 2, all.length]) {
      const consumer = store.getConsumer<Seen, Numbered>(source, `since-${since}`, { numbers: [] }, since);
      expect(consumer.version).toBe(since);
      if (since === 2) commit(170);
      const position = since < 2 ? 30 : 200;
      expect(await runTo(consumer, position)).toEqual(numbers(1, position, isWanted).slice(since));
    }
    if (place === 'reader') await store.close();
  });
});

describe('a consumer', () => {
  it('of another source, or with another id, is another one', async () => {
    commit(20);
    const other: ConsumedSource[] = ['order-1', { category: 'order' }, { streams: ['order-1', 'other'] }, { query }];
    for (const source of other) await runTo(collector(writer, source), 20);
    expect(collector(writer, { streams: ['other', 'order-1', 'other'] }).state.numbers).toHaveLength(10);
    const items = [
      { tags: ['mod:3'], types: [] },
      { tags: ['mod:2'], types: ['Even', 'Even'] },
    ];
    expect(collector(writer, { query: { items } }).state.numbers).toHaveLength(6);
    expect(collector(writer, 'order-1', 'other').state.numbers).toEqual([]);
    expect(collector(writer, { streams: ['other'] }).state.numbers).toEqual([]);
  });

  it.each([
    { streams: [] },
    { streams: ['a', ''] },
    { streams: 'a' },
    { category: 7 },
    {},
    null,
    ['a'],
    { category: 'a', streams: ['b'] },
  ])('of %j is refused', (source) => {
    expect(() => writer.getConsumer(source as ConsumedSource, 'c')).toThrow(
      expect.objectContaining({ code: 'INVALID_STREAM_NAME' }),
    );
  });

  it('of a query that is none, or of what is not indexed, is refused', async () => {
    const wrong = { query: { items: [{ type: 'Even' }] } } as never;
    expect(() => writer.getConsumer(wrong, 'c')).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }));
    await using plain = await EventStore.open('plain', { storageDirectory });
    await plain.commit('s', { type: 'Even' }).flushed;
    await expect(plain.getConsumer({ query }, 'c').run(() => undefined)).rejects.toMatchObject({ code: 'NOT_INDEXED' });
  });

  it('keeps the version that a reset gave it, also when it stops before the first event', async () => {
    commit(20);
    const first = collector(writer, '_all');
    await runTo(first, 20);
    for (const since of [-1, 1.5, '3' as never]) {
      expect(() => first.reset({ numbers: [] }, since)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
    first.reset({ numbers: [0] }, 15);
    expect([first.position, first.version, first.state]).toEqual([0, 15, { numbers: [0] }]);
    expect(await runTo(collector(writer, '_all'), 20)).toEqual([0, ...numbers(16, 20)]);
  });

  it('can be reset while it runs', async () => {
    commit(20);
    const consumer = collector(writer, '_all');
    const stop = new AbortController();
    let hasReset = false;
    const run = consumer.run((event) => {
      consumer.setState((state) => ({ numbers: [...state.numbers, event.number] }));
      if (event.number === 10 && !hasReset) {
        hasReset = true;
        consumer.reset({ numbers: [100] }, 5);
      }
    }, stop);
    await consumer.waitFor(20);
    stop.abort();
    await run;
    expect(consumer.state.numbers).toEqual([100, ...numbers(6, 20)]);
  });

  it('rests while it has no listener, and goes on with the next one', async () => {
    commit(5);
    const consumer = collector(writer, '_all');
    const handle = (event: Numbered): void => {
      consumer.setState(({ numbers: before }) => ({ numbers: [...before, event.number] }));
    };
    consumer.on('data', handle);
    await consumer.waitFor(5);
    consumer.off('data', handle);
    await consumer.stop();
    expect(consumer.isRunning).toBe(false);
    commit(5);
    consumer.on('data', handle);
    await consumer.waitFor(10);
    expect(consumer.state.numbers).toEqual(numbers(1, 10));
    expect(writer.storage.running.size).toBe(1);
    await consumer.stop();
    expect(writer.storage.running.size).toBe(0);
  });

  // The rest of the batch counted as handled.
  it('that is stopped in the middle of a batch has not handled the rest', async () => {
    commit(40);
    const all = writer.getConsumer<unknown, Numbered>('_all', 'stopped');
    await all.run(({ number }) => (number === 10 ? void all.stop() : undefined));
    await expect(all.waitFor(40, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
    const delivered = writer.getConsumer('_all', 'delivered');
    for await (const { ack, metadata } of delivered.deliveries()) {
      ack();
      if (metadata.position === 10) void delivered.stop();
    }
    await expect(delivered.waitFor(40, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  it('is waited for, also where its stream has none of the events, until it fails', async () => {
    commit(20);
    const consumer = collector(writer, 'order-1');
    await expect(consumer.waitFor(20, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
    const waiting = consumer.waitFor(20);
    await runTo(consumer, 20);
    await waiting;
    const failing = consumer.waitFor(40).catch((error: unknown) => error);
    const run = consumer.run(() => {
      throw new Error('no more');
    });
    commit(20);
    await expect(run).rejects.toThrow('no more');
    expect(await failing).toMatchObject({ message: 'no more' });
  });

  it('is waited for by another process, by what it saved', async () => {
    commit(20);
    await using reader = await openReader();
    const source = { category: 'order' };
    const waiting = reader.waitForConsumer<Seen>(source, 'seen', 19);
    await expect(reader.waitForConsumer(source, 'seen', 19, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
    });
    await runTo(collector(writer, source), 20);
    expect((await waiting).state.numbers).toEqual(numbers(1, 20, (number) => number % 4 !== 3));
    // 23 belongs to no stream of the category, and 21 and 22 have been handled then.
    const later = reader.waitForConsumer<Seen>(source, 'seen', 23);
    commit(3);
    await runTo(collector(writer, source), 23);
    expect(await later).toMatchObject({ position: 22 });
  });

  it('is found by scanning, whatever it is called', async () => {
    expect(await writer.scanConsumers()).toEqual([]);
    commit(4);
    const long = 'ä'.repeat(200);
    await runTo(collector(writer, 'order-1', 'mailer'), 4);
    await runTo(collector(writer, { category: 'order' }, 'Größe 💶'), 4);
    await runTo(collector(writer, 'order-1', long), 4);
    const entries = await writer.scanConsumers();
    expect(entries.map(({ kind, source, id }) => [kind, source, id])).toEqual(
      expect.arrayContaining([
        ['stream', 'order-1', 'mailer'],
        ['category', 'order', 'Größe 💶'],
        ['stream', 'order-1', long],
      ]),
    );
    expect(entries).toHaveLength(3);
    const [error, names] = await new Promise<[unknown, string[]]>((resolve) =>
      writer.scanConsumers((...result) => resolve(result)),
    );
    expect([error, names]).toEqual([null, entries.map(({ name }) => name)]);
    expect(names).toContain('order-1.mailer');
    await using reader = await openReader();
    expect(await reader.scanConsumers()).toEqual(entries);
    const notes = readdirSync(`${storageDirectory}/shop/consumers`);
    expect(notes.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    // The name that is too long for a file name is only in the note beside the file.
    const lost = notes.find((name) => name.endsWith('.json') && !/mailer|gr/.test(name))!;
    rmSync(`${storageDirectory}/shop/consumers/${lost}`);
    expect((await reader.scanConsumers()).map(({ id }) => id).sort()).toEqual(['?', 'Größe 💶', 'mailer']);
  });

  it('says what position its own commits led to: a guard of a stream', async () => {
    const guard = writer.getConsumer<{ sum: number }, Numbered>('guarded', 'guard', { sum: 0 });
    guard.on('data', ({ number }) => guard.setState(({ sum }) => ({ sum: sum + number })));
    const add = async (number: number): Promise<void> => {
      if (guard.state.sum + number > 10) throw new Error('too much');
      const { lastPosition } = writer.commit('guarded', { number }, guard.version);
      await guard.waitFor(lastPosition);
    };
    commit(10);
    await add(4);
    commit(10);
    await add(6);
    await expect(add(1)).rejects.toThrow('too much');
    expect([guard.version, guard.state.sum]).toEqual([2, 10]);
    // The guard's commit is refused because of an event that the guard has not seen.
    writer.commit('guarded', { number: -5 });
    await expect(add(-1)).rejects.toMatchObject({ code: 'OPTIMISTIC_CONCURRENCY' });
  });
});
