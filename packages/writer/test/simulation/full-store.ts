/** Stores for tests of checks and repairs: all kinds of files, in all layouts. */
import type { SimulatedDisk } from '@varve/core/testing';
import type { WriteOptions } from '../../src/index.ts';
import { fillStore } from './indexed-store.ts';
import { openStore } from './power-cut.ts';
import { emptyDisk } from './recorded-run.ts';

export const fullStoreOptions: WriteOptions = {
  eventsPerIndexRun: 16,
  indexTypes: true,
  tagsAccessor: 'tags',
  hmacSecret: 'secret',
};

export const layouts: Readonly<Record<string, WriteOptions>> = {
  'one log, msgpackr': {},
  'one log, json': { serializer: 'json' },
  'one log, a serializer of the user': { serializer: { serialize: JSON.stringify, deserialize: JSON.parse } },
  'a partition for each stream': { partitioner: 'perStream', segmentBytes: 1024 },
  'a partition for each category, zstd': { partitioner: 'perCategory', compression: 'zstd' },
  'three partitions, deflate, json': { partitioner: 'hashed(3)', serializer: 'json', compression: 'deflate' },
  'small segments': { segmentBytes: 2048 },
};

/** A store with every kind of file, closed; its second half is of another epoch. */
export async function fullStore(more: WriteOptions): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  const first = openStore(disk, { ...fullStoreOptions, ...more });
  await fillStore(first);
  await first.close();
  const store = openStore(disk, { ...fullStoreOptions, ...more });
  await fillStore(store);
  const consumer = store.getConsumer('user-1', 'counter', { count: 0 }, 0, { checkpoint: { everyEvents: 2 } });
  const stop = new AbortController();
  const run = consumer.run(() => consumer.setState(({ count }) => ({ count: count + 1 })), stop);
  await consumer.waitFor(store.position - 8);
  stop.abort();
  await run;
  await store.close();
  return disk;
}
