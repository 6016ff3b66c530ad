/**
 * A backfill counts positions from the first one on, in 32 bits. Positions above that were once written with 2^32 subtracted,
 * without an error: the derived stream began with the wrong events.
 */
import { SimulatedDisk } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { EventStore } from '../event-store.ts';
import { Backfill, type BackfillInput } from './backfill.ts';

const highest = 2 ** 32 - 1;
const index = 7;

/** A backfill in an empty store. */
function backfillIn(disk: SimulatedDisk): { backfill: Backfill; indexes: BackfillInput['indexes'] } {
  const storageConfig = { fileSystem: disk.startProcess() };
  const store = new EventStore('store', { storageDirectory: '/data', storageConfig });
  const { context, indexes } = store.storage as unknown as Pick<BackfillInput, 'context' | 'indexes'>;
  return { backfill: new Backfill({ storage: store.storage, context, indexes }), indexes };
}

it('has every position that it was given', () => {
  const { backfill, indexes } = backfillIn(new SimulatedDisk());
  for (const position of [5, 2 ** 31, highest]) backfill.add(index, position);
  backfill.write(index, highest + 10);
  const positions = indexes.positions(index, 1, 3);
  expect([0, 1, 2].map((at) => positions.at(at))).toEqual([5, 2 ** 31, highest]);
});

it('refuses a position that it cannot enter', () => {
  const { backfill } = backfillIn(new SimulatedDisk());
  backfill.add(index, highest);
  const refusal = { code: 'INDEX_FULL', path: '/data/store/indexes', position: highest + 1 };
  expect(() => backfill.add(index, highest + 1)).toThrow(expect.objectContaining(refusal));
  expect(backfill.size).toBe(1);
});
