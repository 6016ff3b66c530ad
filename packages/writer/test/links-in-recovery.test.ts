/**
 * The derived indexes of a frame were read from the frame's bytes only when they were asked for, and by then another read could
 * have replaced the bytes in the cache. Recovery, which walks partitions side by side, then treated whole commits as ones that
 * refer to lost indexes, and cut them off: events were lost that had been flushed, with a partition for each stream, indexes of
 * types, and a cache that was too small. Found by random commands against the model.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import { expect, it } from 'vitest';
import type { WriteOptions } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

const options: WriteOptions = { partitioner: 'perStream', indexTypes: true, tagsAccessor: 'tags', readCacheBytes: 1 };
const streams = Array.from({ length: 20 }, (_, n) => `stream ${n}`);

/** Frames of many lengths, so that bytes that replace others in the cache differ from them; returns the positions of `type 1`. */
function fill(stores: StoresOnDisk): number[] {
  const store = stores.open(options);
  // Its process is killed, but still gets the errors of what no longer works.
  store.on('error', () => undefined);
  const types: number[] = [];
  for (let round = 0; round < 4; round++) {
    const commits = streams.map((stream, number) => {
      const events = Array.from({ length: 1 + ((number + round) % 3) }, (_, n) => {
        types.push(n);
        return { type: `type ${n}`, tags: [`tag ${number}`, 'all'], text: 'xyz'.repeat(number * 7 + round * 100 + n) };
      });
      return { stream, events };
    });
    store.commitAll(commits);
    store.flush();
  }
  return types.flatMap((type, index) => (type === 1 ? [index + 1] : []));
}

const ofTypeOne = { items: [{ types: ['type 1'], tags: ['all'] }] };

it('loses no commit that was flushed when the writer is killed', async () => {
  const stores = new StoresOnDisk();
  const expected = fill(stores);
  stores.process.kill();
  const recovered = stores.open(options);
  expect([...recovered.query(ofTypeOne).stored()].map(({ metadata }) => metadata.position)).toEqual(expected);
  await recovered.close();
});

it('gives readers no event of an index that is not in it', async () => {
  const stores = new StoresOnDisk();
  await stores.open(options).close();
  const fileSystem = stores.disk.startProcess();
  const limits = { readCacheBytes: 1, maxOpenFiles: 1, clock: new ManualClock() };
  const reader = new ReadOnlyEventStore('store', { storageDirectory: '/data', fileSystem, ...limits });
  const expected = fill(stores);
  reader.storage.poll();
  expect([...reader.query(ofTypeOne).stored()].map(({ metadata }) => metadata.position)).toEqual(expected);
  await reader.close();
});
