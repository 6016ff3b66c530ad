/**
 * A power cut can tear the first frame of many new partitions at once. For each of them recovery went through the entries of
 * all positions down to 1, including those that were dropped: minutes, in a store of millions of events.
 */
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { ReadablePositionIndex } from '@varve/core/internal';
import { expect, it, onTestFinished, vi } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const events = 300;
const torn = 20;
const storageConfig = { partitioner: 'perStream', segmentBytes: 1000 } as const;

/** Opens a store with this many torn partitions after durable events, and counts the entries that are looked up meanwhile. */
async function entriesLookedUp(dropBefore: number): Promise<number> {
  const storageDirectory = temporaryDirectory();
  const first = await EventStore.open('shop', { storageDirectory, storageConfig });
  for (let number = 1; number <= events; number++) first.commit('main', { number });
  first.flush();
  if (dropBefore > 0) await first.drop({ before: dropBefore });
  await first.close();

  const killed = await EventStore.open('shop', { storageDirectory, storageConfig });
  killed.on('error', () => undefined);
  await killed.commit('main', { number: events + 1 }).durable;
  for (let number = 1; number <= torn; number++) killed.commit(`new-${number}`, { number });
  killed.flush();
  killed.storage.close();
  const partitions = `${storageDirectory}/shop/partitions`;
  const folders = readdirSync(partitions).filter((name) => name.includes('-new-'));
  expect(folders).toHaveLength(torn);
  for (const folder of folders) {
    const path = `${partitions}/${folder}/${readdirSync(`${partitions}/${folder}`)[0]!}`;
    truncateSync(path, statSync(path).size - 1);
  }

  const locate = vi.spyOn(ReadablePositionIndex.prototype, 'locate');
  onTestFinished(() => locate.mockRestore());
  const store = new EventStore('shop', { storageDirectory, storageConfig });
  const count = locate.mock.calls.length;
  expect(store.position).toBe(events + 1);
  await store.close();
  return count;
}

it('are recovered with one look at each position', async () => {
  // Another look is for the index runs, which are rebuilt from frames.
  expect(await entriesLookedUp(0)).toBeLessThan(3 * events);
});

it('are recovered without a look at what was dropped', async () => {
  expect(await entriesLookedUp(events - 20)).toBeLessThan(events / 2);
});
