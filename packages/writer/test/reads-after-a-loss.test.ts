/**
 * What a reader keeps of the last frame that it read must not outlive the frame. A reader that lived through the loss of its
 * last commits returned lost events instead of those that another writer had put there since, when these lie across blocks of
 * the cache and are copied to be read; of all others it returned the metadata of the lost commit. And whoever changed an object
 * in that metadata changed it for each later read of an event of the same commit.
 */
import type { EventMetadata } from '@varve/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EventStore } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

let stores: StoresOnDisk;
let store: EventStore;

beforeEach(() => {
  stores = new StoresOnDisk();
  store = stores.open();
});
afterEach(() => store.storage.close());

const segment = '/data/store/partitions/000001-shared/00000000000000000000.seg';

it.each([
  ['within a block', 10],
  ['across blocks', 20_000],
  ['larger than what is cached', 100_000],
])('an event and its metadata are those that are there, after others were lost (%s)', async (_, length) => {
  store.on('error', () => undefined);
  const text = 'x'.repeat(length);
  await store.commit('s', { n: 1 }, { by: 'first' }).durable;
  store.commit('s', { n: 2, text }, { by: 'lost' });
  store.flush();
  const reader = stores.openReader();
  expect(reader.readEvent(2)).toMatchObject({ payload: { n: 2 }, metadata: { by: 'lost' } });
  stores.process.kill();

  const disk = stores.disk.startProcess();
  const file = disk.open(segment, 'write');
  file.truncate(disk.stat(segment)!.sizeBytes - 1);
  file.close();
  store = stores.open();
  expect(store.commit('s', { n: 20, text }, { by: 'second' }).position).toBe(2);
  store.flush();
  reader.storage.poll();
  expect(reader.readEvent(2)).toMatchObject({ payload: { n: 20 }, metadata: { by: 'second' } });
  await reader.close();
});

it('metadata are the own of whoever reads them', async () => {
  store.commit('s', [{ n: 1 }, { n: 2 }, { n: 3 }], { user: { id: 7, roles: ['clerk'] } });
  store.flush();
  interface Given {
    id: number;
    roles: string[];
  }
  const spoil = (metadata: EventMetadata): Given => {
    const user = metadata['user'] as Given;
    const given = structuredClone(user);
    user.id = 0;
    user.roles.push('root');
    return given;
  };
  const seen: Given[] = [];
  for (const { metadata } of store.getEventStream('s').stored()) seen.push(spoil(metadata));
  for (const position of [1, 1, 2]) seen.push(spoil(store.readEvent(position).metadata));
  const consumer = store.getConsumer('s', 'c');
  const run = consumer.run((_, metadata) => void seen.push(spoil(metadata)));
  await consumer.waitFor(3);
  await consumer.stop();
  await run;
  expect(seen).toEqual(Array.from({ length: 9 }, () => ({ id: 7, roles: ['clerk'] })));
});
