/** Counting the events of a projection while some of them are lost and others take their positions. */
import { ReadOnlyEventStore } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { expect, it } from 'vitest';
import { countedSourceOf } from './projection-source.ts';

const segment = '/data/store/partitions/000001-shared/00000000000000000000.seg';

const placed = ['Placed', 'Placed', 'Placed', 'Placed'];
const paid = ['Paid', 'Paid', 'Paid', 'Paid'];

// A bug once kept the count of a query or a join: a projection was behind forever, or never.
it.each([
  { lost: placed, found: paid, before: 5, after: 1 },
  { lost: paid, found: placed, before: 1, after: 5 },
])('counts $after of a query, not $before, when $found.0 took the place of $lost.0', async (given) => {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  const open = () => {
    const fileSystem = disk.startProcess();
    const store = new EventStore('store', {
      storageDirectory: '/data',
      storageConfig: { fileSystem, indexTypes: true },
    });
    return { store, fileSystem };
  };
  const commit = (store: EventStore, types: readonly string[]): void => {
    for (const type of types) store.commit('orders', { type });
    store.flush();
  };
  const first = open();
  first.store.on('error', () => undefined);
  commit(first.store, ['Placed']);
  const keptBytes = disk.startProcess().stat(segment)!.sizeBytes;
  commit(first.store, given.lost);
  const fileSystem = disk.startProcess();
  const reader = new ReadOnlyEventStore('store', { storageDirectory: '/data', watch: false, fileSystem });
  const source = countedSourceOf({ query: { items: [{ types: ['Placed'] }] } }, reader);
  expect(source.length()).toBe(given.before);

  first.fileSystem.kill();
  const file = disk.startProcess().open(segment, 'write');
  file.truncate(keptBytes);
  file.close();
  const second = open();
  commit(second.store, given.found);
  reader.storage.poll();
  expect(source.length()).toBe(given.after);
  await reader.close();
  await second.store.close();
});
