/**
 * A saved state can be of a history that the store has lost: no wait for it succeeds. One did: a consumer that had saved
 * position 3 was treated as one that contains event 2, which another writer had put there since.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { Consumer } from '@varve/core';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let store: EventStore;

function open(place: string, consumerDirectory: string): EventStore {
  return new EventStore('shop', { storageDirectory: place, storageConfig: { consumerDirectory } });
}

function counterOf(of: EventStore): Consumer<number> {
  return of.getConsumer<number>('orders', 'counter', 0);
}

beforeEach(async () => {
  const directory = temporaryDirectory();
  const [first, copy] = [join(directory, 'first'), join(directory, 'copy')];
  const consumers = join(directory, 'consumers');
  const before = open(first, consumers);
  before.commit('orders', { number: 1 });
  await before.close();
  cpSync(first, copy, { recursive: true });
  const lost = open(first, consumers);
  lost.commit('orders', [{ number: 2 }, { number: 3 }]);
  lost.flush();
  const consumer = counterOf(lost);
  const running = consumer.run(() => consumer.setState((count) => count + 1));
  await consumer.waitFor(3);
  await consumer.stop();
  await running;
  await lost.close();
  await open(copy, consumers).close();
  store = open(copy, consumers);
  store.commit('orders', { number: 20 });
  store.flush();
  return () => store.close();
});

it('rejects when the consumer does not run', async () => {
  await expect(counterOf(store).waitFor(1)).rejects.toMatchObject({ code: 'DIVERGED', position: 3 });
});

it('rejects when the consumer has just been started', async () => {
  const consumer = counterOf(store);
  const running = consumer.run(() => undefined).catch((error: unknown) => error);
  await expect(consumer.waitFor(2)).rejects.toMatchObject({ code: 'DIVERGED', position: 3 });
  expect(await running).toMatchObject({ code: 'DIVERGED', position: 3 });
});

it('rejects when another process runs the consumer', async () => {
  await expect(store.waitForConsumer('orders', 'counter', 2)).rejects.toMatchObject({ code: 'DIVERGED', position: 3 });
});
