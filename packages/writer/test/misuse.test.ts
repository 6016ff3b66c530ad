/**
 * Mistakes that nobody noticed: a version or condition that guarded nothing, functions that answer too late, options that were
 * ignored, values that are no events. Each is refused, and says what to do.
 */
import { inspect } from 'node:util';
import type { ReadOnlyEventStore } from '@varve/core';
import { describe, expect, it, vi } from 'vitest';
import { EventStore, type WriteOptions } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();
const { writer, reader } = folder;
const refused = (code: string): Error => expect.objectContaining({ code, hint: expect.any(String) as string }) as Error;
const failIfEventsMatch = { items: [] };

/** The store, for callers without types. */
type Loose = Record<string, (...given: unknown[]) => unknown>;
const loose = (of: object): Loose => of as Loose;

describe('a guard in the metadata', () => {
  it.each([
    ['an expected version', { expectedVersion: 0 }],
    ['a condition without its name', { failIfEventsMatch, after: 0 }],
    ['a condition beside other metadata', { condition: { failIfEventsMatch }, user: 'anna' }],
  ])('is refused: %s', async (_, metadata) => {
    const store = await writer();
    store.commit('a', { n: 1 });
    expect(() => store.commit('a', { n: 2 }, metadata)).toThrow(refused('INVALID_OPTION'));
    expect(() => store.commitAll([{ stream: 'a', events: [{ n: 2 }], metadata }])).toThrow(refused('INVALID_OPTION'));
    expect(store.position).toBe(1);
  });
});

describe('an asynchronous function', () => {
  const failing = (): unknown => Promise.reject(new Error('too late'));

  it('as a hook refuses the commit, or the read', async () => {
    const store = await writer();
    store.commit('a', { n: 1 });
    store.preCommit(failing);
    expect(() => store.commit('a', { n: 2 })).toThrow(refused('ASYNC_FUNCTION'));
    expect(store.position).toBe(1);
    store.flush();
    const other = await reader();
    other.preRead(failing);
    expect(() => other.getEventStream('a').events).toThrow(refused('ASYNC_FUNCTION'));
  });

  it('as a matcher or predicate matches nothing', async () => {
    const store = await writer();
    store.commit('a', { n: 1 });
    expect(() => store.createEventStream('d', (async () => Promise.resolve(false)) as never)).toThrow(
      refused('INVALID_MATCHER'),
    );
    expect(() => store.createEventStream('d', failing as never)).toThrow(refused('MATCHER_FAILED'));
    expect(store.hasStream('d')).toBe(false);
    expect(() => store.getEventStream('a').where(failing as never).events).toThrow(refused('ASYNC_FUNCTION'));
  });

  // Its position was saved before it was done: a process that died meanwhile never handled the event.
  it('as a listener of a consumer is awaited before the next event, and before the position is saved', async () => {
    const store = await writer();
    for (let n = 1; n <= 3; n++) store.commit('a', { n });
    store.flush();
    const consumer = store.getConsumer<number[]>('a', 'slow', []);
    const seen: string[] = [];
    const handle: (event: unknown) => unknown = async (event) => {
      const { n } = event as { n: number };
      seen.push(`begin ${n} at ${consumer.position}`);
      await new Promise((resolve) => setImmediate(resolve));
      consumer.setState((state) => [...state, n]);
    };
    consumer.on('data', handle);
    await consumer.waitFor(3);
    expect(seen).toEqual(['begin 1 at 0', 'begin 2 at 1', 'begin 3 at 2']);
    expect(consumer.state).toEqual([1, 2, 3]);
    await consumer.stop();
  });

  it('as a listener that fails ends the run with `error`, and is called again for the same event', async () => {
    const store = await writer();
    store.commit('a', { n: 1 });
    store.flush();
    const consumer = store.getConsumer('a', 'failing');
    const failed = new Promise((resolve) => consumer.once('error', resolve));
    consumer.on('data', failing);
    expect(await failed).toMatchObject({ message: 'too late' });
    expect(consumer.position).toBe(0);
  });

  it('as one of several listeners is waited for, whatever the others throw, and leaves no listener behind', async () => {
    const store = await writer();
    store.commit('a', { n: 1 });
    store.flush();
    const consumer = store.getConsumer('a', 'several');
    let isDone = false;
    const late = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      isDone = true;
      throw new Error('later');
    };
    const lateListener: () => unknown = late;
    const failed = new Promise((resolve) => consumer.once('error', resolve));
    consumer.on('data', lateListener);
    consumer.on('data', () => {
      throw new Error('at once');
    });
    expect(await failed).toMatchObject({ message: 'at once' });
    expect(isDone).toBe(true);
    const count = consumer.listenerCount('newListener');
    for (let round = 0; round < 3; round++) {
      consumer.removeAllListeners('data');
      await consumer.stop();
      consumer.on('data', () => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(consumer.listenerCount('newListener')).toBe(count);
    await consumer.stop();
  });

  it('as an event, or what it promises, is no event', async () => {
    const store = await writer();
    expect(() => store.commit('a', Promise.resolve({ n: 1 }))).toThrow('is a promise');
    expect(() => store.commit('a', undefined as never)).toThrow('is undefined');
    expect(store.position).toBe(0);
  });
});

describe('an option that there is not', () => {
  const calls: Readonly<Record<string, (store: ReadOnlyEventStore) => unknown>> = {
    waitFor: (store) => store.waitFor(9, { timeout: 5 } as never),
    'waitFor, with a number': (store) => store.waitFor(9, 5 as never),
    waitForConsumer: (store) => store.waitForConsumer('a', 'c', 1, { timeout: 5 } as never),
    follow: (store) => store.follow('a', { since: 2 } as never),
    query: (store) => store.query({ items: [] }, { from: 2 } as never),
    'run of a consumer': (store) => store.getConsumer('a', 'c').run(() => undefined, { abort: 1 } as never),
    'run without a handler': (store) => store.getConsumer('a', 'c').run(undefined as never),
    deliveries: (store) =>
      store
        .getConsumer('a', 'c')
        .deliveries({ abort: 1 } as never)
        .next(),
    toNdjson: (store) => store.getEventStream('a').toNdjson({ meta: true } as never),
  };

  it.each(Object.entries(calls))('is refused by %s', async (_, call) => {
    (await writer({ indexTypes: true })).commit('a', { type: 'A' });
    const store = await reader();
    await expect(Promise.resolve().then(() => call(store))).rejects.toThrow(refused('INVALID_OPTION'));
  });

  it('beside `storageConfig`, though it belongs in it, is told where it belongs', async () => {
    const config = { storageDirectory: folder.directory, syncOnFlush: true };
    await expect(EventStore.open('store', config as never)).rejects.toThrow(/belongs in the option "storageConfig"/);
  });
});

it('a consumer without an id is refused', async () => {
  const store = loose(await writer());
  expect(() => store['getConsumer']!('a')).toThrow(refused('INVALID_OPTION'));
});

it.each([[undefined], [5], [{}]])('a stream is not called %s', async (name) => {
  const store = loose(await writer());
  expect(() => store['getEventStream']!(name)).toThrow(refused('INVALID_STREAM_NAME'));
});

describe('what is printed of a store and a commit', () => {
  const secret = 'not for the log';

  it('is few facts, without the secret', async () => {
    const store = await writer({ hmacSecret: secret } satisfies WriteOptions);
    const commit = store.commit('a', { n: 1 });
    const joint = store.commitAll([{ stream: 'a', events: [{ n: 2 }] }]);
    const consumer = store.getConsumer('a', 'c');
    for (const of of [store, store.storage, commit, joint, consumer, store.getEventStream('a')]) {
      const text = inspect(of, { depth: 9 });
      expect(text).not.toContain(secret);
      expect(text.split('\n').length).toBeLessThan(20);
      expect(JSON.stringify(of)).not.toContain(secret);
    }
    expect(JSON.parse(JSON.stringify(commit))).toMatchObject({ stream: 'a', version: 1, position: 1, size: 1 });
    expect(JSON.parse(JSON.stringify(joint))).toMatchObject({ position: 2, parts: [{ stream: 'a', version: 2 }] });
  });
});

describe('a function that is called while an index is made', () => {
  // The commit got the id of the new index, or its event was missing in it for good.
  it.each(['new', 'a'])('cannot commit, to the stream "%s"', async (stream) => {
    const store = await writer();
    store.commit('a', { type: 'A', n: 1 });
    const hook = vi.fn<() => void>(() => void store.commit(stream, { type: 'A', n: 2 }));
    store.preRead(hook);
    expect(() => store.createEventStream('derived', { type: 'A' })).toThrow(refused('COMMIT_UNDER_WAY'));
    store.off('preRead', hook);
    store.createEventStream('derived', { type: 'A' });
    store.commit(stream, { type: 'A', n: 3 });
    expect(store.getEventStream('derived').events).toEqual([
      { type: 'A', n: 1 },
      { type: 'A', n: 3 },
    ]);
  });

  it('cannot make the store read-only in the middle of a commit and keep the commit', async () => {
    const store = await writer();
    store.commit('a', { n: 1 });
    let ending: Promise<void> | undefined;
    store.preCommit(() => void (ending = store.makeReadOnly()));
    expect(() => store.commit('a', { n: 2 })).toThrow(refused('READ_ONLY'));
    await ending;
    expect(store.position).toBe(1);
  });
});
