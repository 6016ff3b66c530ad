/**
 * What makes everything durable at once, in the middle of a group commit, told nobody: a commit that waited to be durable waited for
 * ever, or the durable position went back. And nobody was told any more what a close had lost.
 */
import { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { EventStore } from '../src/index.ts';
import { openStore } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';
import { useStoreFolder } from './store-folder.ts';

const { writer, reader } = useStoreFolder();

const makesDurable: readonly (readonly [string, (store: EventStore) => void])[] = [
  ['createEventStream', (store) => store.createEventStream('derived', { type: 'A' })],
  ['closeEventStream', (store) => store.closeEventStream('closed')],
  ['reindex', (store) => store.storage.reindex(0)],
];

describe.each(makesDurable)('with %s in the turn of a commit', (_, work) => {
  it('its promise of being durable resolves', async () => {
    const store = await writer();
    store.commit('closed', { type: 'Z' });
    await store.commit('a', { type: 'A', n: 0 }).durable;
    const { durable } = store.commit('a', { type: 'A', n: 1 });
    work(store);
    expect((await durable).position).toBe(3);
  });

  it('its callback is called, where each flush is synced', async () => {
    const store = await writer({ syncOnFlush: true });
    store.commit('closed', { type: 'Z' });
    await store.commit('a', { type: 'A', n: 0 }).durable;
    const called = new Promise<unknown>((resolve) => store.commit('a', { type: 'A', n: 1 }, resolve));
    work(store);
    expect(await called).toBeUndefined();
  });
});

it('the durable position never goes back', async () => {
  const store = await writer();
  await store.commit('a', { type: 'A', n: 0 }).durable;
  // Its group commit ends before the next one begins.
  await new Promise((resolve) => setImmediate(resolve));
  const second = store.commit('a', { type: 'A', n: 1 });
  store.flush();
  const { durable } = second;
  store.commit('a', { type: 'A', n: 2 });
  store.createEventStream('derived', { type: 'A' });
  expect(store.storage.durablePosition).toBe(3);
  await durable;
  expect(store.storage.durablePosition).toBe(3);
  expect((await reader()).storage.durablePosition).toBe(3);
});

it('what a close could not write is told to whoever asks afterwards', async () => {
  const disk = new SimulatedDisk(emptyDisk().medium);
  const store = openStore(disk);
  store.commit('orders', { type: 'a' });
  store.flush();
  disk.capacityBytes = disk.usedBytes + 100;
  const lost = store.commit('orders', { type: 'b', note: 'x'.repeat(2000) });
  await expect(store.close()).rejects.toMatchObject({ code: 'DISK_FULL' });
  await expect(lost.flushed).rejects.toMatchObject({ code: 'DISK_FULL' });
  await expect(lost.durable).rejects.toMatchObject({ code: 'DISK_FULL' });
});
