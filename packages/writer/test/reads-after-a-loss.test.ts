/**
 * What a reader keeps of the last frame that it read must not outlive the frame. A reader that lived through the loss of its
 * last commits returned lost events instead of those that another writer had put there since, when these lie across blocks of
 * the cache and are copied to be read; of all others it returned the metadata of the lost commit. And whoever changed an object
 * in that metadata changed it for each later read of an event of the same commit.
 */
import type { EventMetadata, EventStream, ReadOnlyEventStore } from '@varve/core';
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

// The lists of positions of such a stream are looked up when it is read: beyond what was left of it lay those of another stream.
it.each<[string, (reader: ReadOnlyEventStore) => EventStream]>([
  ['a category', (reader) => reader.getEventStreamForCategory('user')],
  ['a category, backwards', (reader) => reader.getEventStreamForCategory('user').backwards()],
  ['the last of a category', (reader) => reader.getEventStreamForCategory('user').last(2)],
  ['a join', (reader) => reader.getJoinedStream('users', ['user-1'])],
  ['a stream', (reader) => reader.getEventStream('user-1')],
])('%s that was obtained before its last events were lost is of another history', async (_, obtain) => {
  const options = { eventsPerIndexRun: 8 };
  await store.close();
  store = stores.open(options);
  store.on('error', () => undefined);
  const commit = (stream: string): void => {
    store.commit(stream, { stream });
    store.flush();
  };
  for (const stream of ['user-1', 'user-1', 'user-1', 'user-1', 'other', 'other', 'other', 'other']) commit(stream);
  await store.commit('z', {}).durable;
  const kept = stores.disk.startProcess().stat(segment)!.sizeBytes;
  commit('user-1');
  commit('user-1');
  const reader = stores.openReader();
  const stream = obtain(reader);
  stores.process.kill();
  const file = stores.disk.startProcess().open(segment, 'write');
  file.truncate(kept);
  file.close();
  store = stores.open(options);
  reader.storage.poll();
  expect(() => [...stream]).toThrow(expect.objectContaining({ code: 'DIVERGED' }));
  await reader.close();
});
