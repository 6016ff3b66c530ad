/**
 * When a consumer in the writer's own process is caught up. It handles events once they are flushed: when `getConsumer`
 * directly followed a commit, the consumer reported that it was caught up before that commit had come.
 */
import type { ConsumerEvents, Sink, SinkCheckpoint } from '@varve/core';
import type { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let store: EventStore;

beforeEach(async () => {
  store = await EventStore.open('shop', { storageDirectory: temporaryDirectory() });
});

afterEach(() => store.close());

/** Positions at which the consumer reported that it was caught up, until it has done so for the first time. */
async function firstCaughtUp(
  consumer: EventEmitter<ConsumerEvents<unknown>> & { run(handler: () => void): Promise<void>; stop(): Promise<void> },
): Promise<number> {
  const caughtUp = new Promise<number>((resolve) => consumer.once('caught-up', resolve));
  const run = consumer.run(() => undefined);
  const position = await caughtUp;
  await consumer.stop();
  await run;
  return position;
}

it.each([
  ['a commit just before', 1],
  ['more than is looked up at once', 2000],
])('when it has what was committed before it began, written or not: %s', async (_name, count) => {
  for (let n = 1; n <= count; n++) store.commit('order-1', { n });
  expect(await firstCaughtUp(store.getConsumer('_all', 'seen'))).toBe(count);
});

it('into a sink, no earlier', async () => {
  store.commit('order-1', { n: 1 });
  let saved: SinkCheckpoint | undefined;
  const sink: Sink<undefined> = {
    load: () => Promise.resolve(saved),
    write: async (_key, _from, work) => {
      saved = await work(undefined);
      return true;
    },
  };
  const consumer = store.getSinkConsumer('_all', 'rows', sink);
  const caughtUp = new Promise((resolve) => consumer.once('caught-up', resolve));
  const run = consumer.run(() => undefined);
  expect(await caughtUp).toBe(1);
  await consumer.stop();
  await run;
});

it('of a stream that has none of the events', async () => {
  store.commit('order-1', { n: 1 });
  const consumer = store.getConsumer('empty', 'seen');
  expect(await firstCaughtUp(consumer)).toBe(0);
  expect(store.storage.publishedPosition).toBe(1);
});
