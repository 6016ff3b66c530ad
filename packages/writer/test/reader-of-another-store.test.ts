/**
 * Readers whose store is removed, or replaced by another one. The head of a new store used to be called damaged (it has another
 * seed for its checksums), and one that was removed "replaced by epoch 0".
 */
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function makeStore(storageDirectory: string, events: number): Promise<void> {
  const writer = await EventStore.open('shop', { storageDirectory });
  for (let number = 1; number <= events; number++) writer.commit('orders', { number });
  await writer.close();
}

async function openReader(storageDirectory: string): Promise<{ reader: ReadOnlyEventStore; errors: unknown[] }> {
  const reader = await ReadOnlyEventStore.open('shop', { storageDirectory, watch: false, pollIntervalMs: 5 });
  const errors: unknown[] = [];
  reader.on('error', (error) => errors.push(error));
  return { reader, errors };
}

it.each([1, 5, 50])('A store that was removed and created anew, with %i events, ends its readers', async (events) => {
  const storageDirectory = temporaryDirectory();
  await makeStore(storageDirectory, 5);
  const { reader, errors } = await openReader(storageDirectory);
  const waiting = reader.waitFor(100).catch((error: unknown) => error);
  const consumer = reader.getConsumer('orders', 'counter', { count: 0 });
  const consuming = consumer.run(() => undefined).catch((error: unknown) => error);
  rmSync(`${storageDirectory}/shop`, { recursive: true });
  await makeStore(storageDirectory, events);
  const replaced = { code: 'STORE_REPLACED', path: `${storageDirectory}/shop` };
  expect(await waiting).toMatchObject(replaced);
  expect(await consuming).toMatchObject(replaced);
  expect(errors).toMatchObject([replaced]);
  await reader.close();
});

it('A store that was removed ends its readers, and says so', async () => {
  const storageDirectory = temporaryDirectory();
  await makeStore(storageDirectory, 5);
  const { reader } = await openReader(storageDirectory);
  const waiting = reader.waitFor(100).catch((error: unknown) => error);
  rmSync(`${storageDirectory}/shop`, { recursive: true });
  expect(await waiting).toMatchObject({ code: 'STORE_REPLACED', found: 'it was removed' });
  await reader.close();
});

it('An older copy in the place of the store ends its readers', async () => {
  const storageDirectory = temporaryDirectory();
  const older = temporaryDirectory();
  await makeStore(storageDirectory, 5);
  cpSync(storageDirectory, older, { recursive: true });
  await makeStore(storageDirectory, 5);
  const { reader } = await openReader(storageDirectory);
  const waiting = reader.waitFor(100).catch((error: unknown) => error);
  cpSync(older, storageDirectory, { recursive: true });
  expect(await waiting).toMatchObject({ code: 'STORE_REPLACED', found: 'it is an older copy, of epoch 1' });
  await reader.close();
});

it('A head that is missing for a while, as while it is copied, is no reason to end', async () => {
  const storageDirectory = temporaryDirectory();
  await makeStore(storageDirectory, 5);
  const { reader, errors } = await openReader(storageDirectory);
  renameSync(`${storageDirectory}/shop/head`, `${storageDirectory}/head`);
  reader.storage.poll();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reader.position).toBe(5);
  renameSync(`${storageDirectory}/head`, `${storageDirectory}/shop/head`);
  await makeStore(storageDirectory, 5);
  await reader.waitFor(10);
  expect(errors).toEqual([]);
  await reader.close();
});

it('Waiting for a position ends by a timeout, a signal, or the end of the store', async () => {
  const storageDirectory = temporaryDirectory();
  await makeStore(storageDirectory, 5);
  mkdirSync(`${storageDirectory}/other`);
  const { reader } = await openReader(storageDirectory);
  await reader.waitFor(5, { timeoutMs: 0 });
  await expect(reader.waitFor(6, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  await expect(reader.waitFor(6, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  const abort = new AbortController();
  const aborted = reader.waitFor(6, { signal: abort.signal, timeoutMs: 60_000 });
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await expect(reader.waitFor(5, abort)).rejects.toThrow('enough');
  for (const position of [-1, 1.5, Number.NaN, '7' as never]) {
    await expect(reader.waitFor(position)).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
  }
  await expect(reader.waitFor(6, { timeoutMs: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  const closing = reader.waitFor(6);
  await Promise.all([expect(closing).rejects.toMatchObject({ code: 'STORE_CLOSED' }), reader.close()]);
  expect(reader.storage.listenerCount('advance')).toBe(1);
});
