/** Readers that are started before there is a store, or a directory for it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = new URL('./processes/hold-store.ts', import.meta.url);

it.each([
  ['by a timer alone', { watch: false, pollIntervalMs: 5 }],
  ['by watching', { pollIntervalMs: 2_000_000 }],
])('A store that another process makes is opened when it is there: %s', async (_name, options) => {
  const storageDirectory = temporaryDirectory();
  const waiting = ReadOnlyEventStore.whenAvailable('shop', { storageDirectory, ...options });
  const other = ReadOnlyEventStore.whenAvailable('other', { storageDirectory }, { timeoutMs: 500 });
  const late = other.catch((error: unknown) => error);
  // The watch is there before the store, which is what is tested.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const holder = new Child(program, [storageDirectory, 'shop']);
  expect(await holder.next()).toBe('open');
  holder.send('commit');
  await using reader = await waiting;
  expect(await holder.next()).toBe('committed');
  reader.storage.poll();
  await reader.waitFor(1);
  expect(await late).toMatchObject({ code: 'TIMED_OUT' });
});

it('The directories above it may come later as well', async () => {
  const storageDirectory = `${temporaryDirectory()}/a/b/c`;
  const waiting = ReadOnlyEventStore.whenAvailable('shop', { storageDirectory, pollIntervalMs: 10 });
  await using writer = await EventStore.open('shop', { storageDirectory });
  await writer.commit('orders', { number: 1 }).flushed;
  await using reader = await waiting;
  await reader.waitFor(1);
  expect(reader.getEventStream('orders').events).toEqual([{ number: 1 }]);
  // A store that exists already is opened at once.
  await (await ReadOnlyEventStore.whenAvailable('shop', { storageDirectory }, { timeoutMs: 0 })).close();
});

it('Waiting ends by a signal, and by what can be no store', async () => {
  const storageDirectory = temporaryDirectory();
  const abort = new AbortController();
  const waiting = ReadOnlyEventStore.whenAvailable('shop', { storageDirectory }, abort);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const wrong = ReadOnlyEventStore.whenAvailable('shop', { storageDirectory, pollIntervalMs: 5 });
  mkdirSync(`${storageDirectory}/shop`);
  writeFileSync(`${storageDirectory}/shop/store.json`, '{"something": "else"}');
  await expect(wrong).rejects.toMatchObject({ code: 'NOT_A_STORE' });
  await expect(ReadOnlyEventStore.whenAvailable('../shop')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
