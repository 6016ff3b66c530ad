/**
 * The folder of a store is removed, or removed and created again, under a writer, a reader and their consumers: each says so,
 * with a code and a path, and none waits forever. A consumer that was started afterwards used to create a folder for its state
 * where the store had been, or to put it into the store that had come there; one that had been started before saved its state
 * where nobody could read it; and whoever began to wait on a reader that had ended heard nothing at all. Where a copy replaced
 * the folder of the consumers, a running one went on saving into the old folder, while another process could run the same
 * consumer in the new one.
 */
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Consumer, ReadOnlyEventStore } from '@varve/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Seen {
  readonly seen: number;
}

const events = 20;

async function makeStore(storageDirectory: string, count = events): Promise<EventStore> {
  const store = await EventStore.open('shop', { storageDirectory });
  for (let n = 1; n <= count; n++) store.commit('s', { n });
  await store.commit('s', { n: 0 }).durable;
  return store;
}

const cases: readonly [what: string, take: (storageDirectory: string) => Promise<void>][] = [
  ['removed', async (storageDirectory) => Promise.resolve(rmSync(join(storageDirectory, 'shop'), { recursive: true }))],
  [
    'removed and made anew',
    async (storageDirectory) => {
      rmSync(join(storageDirectory, 'shop'), { recursive: true });
      await (await makeStore(storageDirectory, 1)).close();
    },
  ],
];

/** The files where the store was, as others would find them. */
function filesIn(storageDirectory: string): string[] {
  const directory = join(storageDirectory, 'shop');
  return existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort() : [];
}

function consumerOf(store: EventStore | ReadOnlyEventStore, id: string): Consumer<Seen, { n: number }> {
  return store.getConsumer<Seen, { n: number }>('s', id, { seen: 0 }, 0, { checkpoint: { everyEvents: 1 } });
}

function count(consumer: Consumer<Seen, { n: number }>): Promise<void> {
  return consumer.run(() => consumer.setState(({ seen }) => ({ seen: seen + 1 })));
}

/** What a promise rejects with, to be looked at later. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
}

describe.each(cases)('a store that is %s', (_, take) => {
  it('ends its writer, what waits there, and consumers that run or are started there', async () => {
    const storageDirectory = temporaryDirectory();
    const store = await makeStore(storageDirectory);
    onTestFinished(() => store.storage.close());
    const path = store.directory;
    const running = consumerOf(store, 'running');
    const run = failureOf(count(running));
    await running.waitFor(events + 1);
    await take(storageDirectory);
    const before = filesIn(storageDirectory);
    const replaced = expect.objectContaining({ code: 'STORE_REPLACED' }) as Error;
    await expect(count(consumerOf(store, 'unnoticed'))).rejects.toEqual(replaced);
    const failed = { code: 'WRITE_FAILED', path, cause: { code: 'STORE_REPLACED' } };
    await expect(store.commit('s', { n: 100 }).flushed).rejects.toMatchObject(failed);
    expect(await run).toMatchObject(failed);
    await expect(count(consumerOf(store, 'late'))).rejects.toMatchObject(failed);
    await expect(store.waitFor(1000)).rejects.toMatchObject(failed);
    await expect(store.follow('s').next()).rejects.toMatchObject(failed);
    expect(() => store.commit('s', { n: 100 })).toThrow(expect.objectContaining({ code: 'WRITE_FAILED', path }));
    await store.close();
    expect(filesIn(storageDirectory)).toEqual(before);
  });

  it('ends a writer that only closes', async () => {
    const storageDirectory = temporaryDirectory();
    const store = await makeStore(storageDirectory);
    await take(storageDirectory);
    const before = filesIn(storageDirectory);
    await expect(store.close()).rejects.toMatchObject({ code: 'WRITE_FAILED', cause: { code: 'STORE_REPLACED' } });
    expect(filesIn(storageDirectory)).toEqual(before);
  });

  it('ends a consumer in the process of the writer that saves its state', async () => {
    const storageDirectory = temporaryDirectory();
    const store = await makeStore(storageDirectory);
    onTestFinished(() => store.storage.close());
    const consumer = consumerOf(store, 'slow');
    const taken = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const run = failureOf(
      consumer.run(async ({ n }) => {
        if (n === 5) {
          begun.resolve(undefined);
          await taken.promise;
        }
        consumer.setState(({ seen }) => ({ seen: seen + 1 }));
      }),
    );
    await begun.promise;
    await take(storageDirectory);
    taken.resolve(undefined);
    expect(await run).toMatchObject({
      code: 'STORE_REPLACED',
      path: expect.stringContaining('s.slow.state') as string,
    });
    expect(filesIn(storageDirectory).filter((path) => path.includes('slow'))).toEqual([]);
  });

  it('ends its readers, what waits there, and consumers that run or are started there', async () => {
    const storageDirectory = temporaryDirectory();
    await (await makeStore(storageDirectory)).close();
    const reader = await ReadOnlyEventStore.open('shop', { storageDirectory, watch: false, pollIntervalMs: 5 });
    onTestFinished(() => reader.storage.close());
    const running = consumerOf(reader, 'running');
    const run = failureOf(count(running));
    await running.waitFor(events + 1);
    const waiting = failureOf(reader.waitFor(1000));
    await take(storageDirectory);
    const before = filesIn(storageDirectory);
    const replaced = { code: 'STORE_REPLACED', path: join(storageDirectory, 'shop') };
    expect(await waiting).toMatchObject(replaced);
    expect(await run).toMatchObject(replaced);
    // Nothing more will come: a caller is told what ended the reader.
    await expect(reader.waitFor(1000)).rejects.toMatchObject(replaced);
    await expect(reader.follow('s').next()).rejects.toMatchObject(replaced);
    await expect(count(consumerOf(reader, 'late'))).rejects.toMatchObject(replaced);
    await reader.close();
    expect(filesIn(storageDirectory)).toEqual(before);
  });
});

it('ends a consumer whose folder a copy has taken the place of, and others go on from what the copy has', async () => {
  const storageDirectory = temporaryDirectory();
  const store = await makeStore(storageDirectory);
  onTestFinished(() => store.close());
  const consumer = consumerOf(store, 'counter');
  const run = failureOf(count(consumer));
  await consumer.waitFor(events + 1);
  const folder = join(storageDirectory, 'shop', 'consumers');
  renameSync(folder, join(storageDirectory, 'old'));
  cpSync(join(storageDirectory, 'old'), folder, { recursive: true });
  await store.commit('s', { n: 100 }).flushed;
  expect(await run).toMatchObject({
    code: 'STORE_REPLACED',
    path: expect.stringContaining('s.counter.state') as string,
  });
  const next = consumerOf(store, 'counter');
  const nextRun = count(next);
  await next.waitFor(events + 2);
  await next.stop();
  await nextRun;
  expect(next.state).toEqual({ seen: events + 2 });
});
