/**
 * A reader takes in a bounded number of events at a time. It used to stop there even in the middle of a commit of several
 * frames, and so showed a part of the commit for a moment; after a frame that reached past the bound it waited for its timer.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

it('A reader shows a commit in several frames as a whole, however large it is', async () => {
  const storageDirectory = temporaryDirectory();
  const partitioner = ({ payload }: { readonly payload: unknown }): string =>
    (payload as { readonly number: number }).number % 2 === 0 ? 'even' : 'odd';
  const store = await EventStore.open('atomic', { storageDirectory, storageConfig: { partitioner } });
  const reader = await ReadOnlyEventStore.open('atomic', { storageDirectory, watch: false, pollIntervalMs: 1 });
  const seen: number[] = [];
  reader.on('advance', (position) => seen.push(position));
  const sizes = [3, 9000, 1, 20_000, 8192];
  for (const length of sizes) {
    const events = Array.from({ length }, (_, number) => ({ number }));
    store.commit('numbers', events);
  }
  store.flush();
  const total = sizes.reduce((sum, size) => sum + size, 0);
  await reader.waitFor(total);
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0));
  expect(seen.length).toBeGreaterThan(1);
  expect(ends).toEqual(expect.arrayContaining(seen));
  await reader.close();
  await store.close();
});
