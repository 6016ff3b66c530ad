/** Consumers that run as long as somebody listens to them. */
import { once } from 'node:events';
import type { Consumer } from '@varve/core';
import type { EventStore } from '@varve/writer';
import { beforeEach, expect, it } from 'vitest';
import { turns } from './lost-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

let store: EventStore;
let consumer: Consumer;

beforeEach(() => {
  store = new StoresOnDisk().open();
  consumer = store.getConsumer('orders', 'listener');
  return () => store.close();
});

function commit(number: number): void {
  store.commit('orders', { number });
  store.flush();
}

it('gives the next events to a listener that took the place of the last one', async () => {
  const [first, second]: [unknown[], unknown[]] = [[], []];
  const listen = (event: unknown): void => void first.push(event);
  consumer.on('data', listen);
  commit(1);
  await turns();
  consumer.off('data', listen);
  consumer.on('data', (event) => void second.push(event));
  commit(2);
  await turns();
  expect([first, second]).toEqual([[{ number: 1 }], [{ number: 2 }]]);
});

it('is listened to one event at a time', async () => {
  for (const number of [1, 2, 3]) commit(number);
  const seen: unknown[] = [];
  for (let count = 0; count < 3; count++) seen.push(((await once(consumer, 'data')) as [unknown])[0]);
  expect(seen).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
});

it('rests when nobody listens', async () => {
  const listen = (): void => undefined;
  consumer.on('data', listen);
  await turns();
  expect(consumer.isRunning).toBe(true);
  consumer.off('data', listen);
  await turns();
  expect(consumer.isRunning).toBe(false);
});

it('goes on with its handler when somebody who listened beside it has gone', async () => {
  const handled: unknown[] = [];
  const running = consumer.run((event) => void handled.push(event));
  const listen = (): void => undefined;
  consumer.on('data', listen);
  await turns();
  consumer.off('data', listen);
  commit(1);
  await consumer.waitFor(1);
  expect(handled).toEqual([{ number: 1 }]);
  await consumer.stop();
  await running;
});
