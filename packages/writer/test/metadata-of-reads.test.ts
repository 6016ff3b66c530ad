/**
 * The metadata that a commit was given are decoded once for all its events. They were kept by position alone: a reader that
 * lived through the loss of its last commits gave out those of a lost commit with the event that another writer had put
 * there since. And whoever changed an object in them changed it for each reading of that commit that came later.
 */
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

it('belong to the event that is there, after another one was lost', async () => {
  store.on('error', () => undefined);
  await store.commit('s', { n: 1 }, { by: 'first' }).durable;
  store.commit('s', { n: 2 }, { by: 'lost' });
  store.flush();
  const reader = stores.openReader();
  expect(reader.readEvent(2)).toMatchObject({ payload: { n: 2 }, metadata: { by: 'lost' } });
  stores.process.kill();

  const disk = stores.disk.startProcess();
  const file = disk.open(segment, 'write');
  file.truncate(disk.stat(segment)!.sizeBytes - 1);
  file.close();
  store = stores.open();
  expect(store.commit('s', { n: 20 }, { by: 'second' }).position).toBe(2);
  store.flush();
  reader.storage.poll();
  expect(reader.readEvent(2)).toMatchObject({ payload: { n: 20 }, metadata: { by: 'second' } });
  await reader.close();
});

it('are the own of whoever reads them', async () => {
  store.commit('s', [{ n: 1 }, { n: 2 }, { n: 3 }], { user: { id: 7, roles: ['clerk'] } });
  store.flush();
  interface Given {
    id: number;
    roles: string[];
  }
  const spoil = ({ user }: { readonly user?: unknown }): Given => {
    const given = structuredClone(user) as Given;
    (user as Given).id = 0;
    (user as Given).roles.push('root');
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
