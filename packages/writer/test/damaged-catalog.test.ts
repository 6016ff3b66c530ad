/**
 * Damage at the end of the catalog, where a crash may leave half a record. Durable events may need the damaged record: it was
 * cut off as a torn tail, its id was assigned again, and from then on those events were read with the keys, or under the name,
 * of something else.
 */
import { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { LOCK_RECLAIM, type WriteOptions } from '../src/index.ts';
import { thrownBy } from './counted-events.ts';
import { damageStoreFile, flipBit, openStore, readStoreFile, snapshot } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';

/** A store whose catalog ends with what `last` adds to it. */
async function storeEndingWith(last: object | string, isClosed: boolean): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  const store = openStore(disk);
  await store.commit('orders', { type: 'placed' }).durable;
  if (typeof last === 'string') await store.commit(last, { type: 'placed' }).durable;
  else await store.commit('orders', last).durable;
  if (isClosed) await store.close();
  else store.storage.close();
  return disk;
}

const refusal = (disk: SimulatedDisk, options: WriteOptions = {}): unknown => {
  const before = snapshot(disk);
  const error = thrownBy(() => openStore(disk, options));
  expect(snapshot(disk)).toEqual(before);
  return error;
};

const cases = [
  ['the keys of an object', { colour: 'red', size: 7 }, true],
  ['the keys of an object', { colour: 'red', size: 7 }, false],
  ['the name of a stream', 'customers', true],
  ['the name of a stream', 'customers', false],
] as const;

describe('the last record of the catalog, when durable events need it', () => {
  it.each(cases)('is refused when it is damaged: %s', async (_what, last, isClosed) => {
    const disk = await storeEndingWith(last, isClosed);
    const end = readStoreFile(disk, '/catalog').length;
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.length - 2));
    const error = { code: 'CORRUPTION', path: '/data/store/catalog', offset: expect.any(Number) as number };
    expect(refusal(disk)).toMatchObject({ ...error, expected: end });
    expect(refusal(disk, { lock: LOCK_RECLAIM })).toMatchObject(error);
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.length - 2));
    expect(openStore(disk).position).toBe(2);
  });

  it.each(cases)('is refused when the file ends before it: %s', async (_what, last, isClosed) => {
    const disk = await storeEndingWith(last, isClosed);
    const whole = readStoreFile(disk, '/catalog');
    for (let length = 0; length < whole.length; length++) {
      damageStoreFile(disk, '/catalog', () => whole.subarray(0, length));
      expect(refusal(disk)).toMatchObject({ code: 'CORRUPTION', path: '/data/store/catalog' });
    }
    damageStoreFile(disk, '/catalog', () => whole);
    expect(openStore(disk).position).toBe(2);
  });

  it('is refused although later events are not durable', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    await store.commit('orders', { colour: 'red', size: 7 }).durable;
    store.commit('orders', { colour: 'blue', size: 8 });
    store.flush();
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.length - 2));
    const killed = new SimulatedDisk(disk.medium.copy());
    expect(refusal(killed)).toMatchObject({ code: 'CORRUPTION', path: '/data/store/catalog' });
  });
});

describe('the last record of the catalog, when no durable event needs it', () => {
  it('is cut off, and its id is given again', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    await store.commit('orders', { type: 'placed' }).durable;
    store.commit('customers', { type: 'placed' });
    store.flush();
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.length - 2));
    const again = openStore(new SimulatedDisk(disk.medium.copy()));
    expect([again.position, again.hasStream('customers')]).toEqual([1, false]);
    again.commit('others', { type: 'placed' });
    expect(again.streamNames()).toEqual(['orders', 'others']);
  });
});

describe('records of commits that were refused, and were never written', () => {
  // The head promised bytes of the catalog that were only in memory: no later writer could open the store.
  it.each(['closed', 'made durable, and killed', 'archived, and killed'])(
    'are not promised by the head: %s',
    async (end) => {
      const disk = emptyDisk();
      const store = openStore(disk, { maxCommitBytes: 2000, segmentBytes: 500 });
      for (let n = 0; n < 20; n++) store.commit('orders', { type: 'placed', n });
      store.flush();
      expect(() => store.commit('orders', { shape: 'new', text: 'x'.repeat(3000) })).toThrow(
        expect.objectContaining({ code: 'EVENT_TOO_LARGE' }),
      );
      if (end === 'closed') await store.close();
      else if (end.startsWith('archived')) await store.archive({ before: 10, to: '/archive' });
      else store.closeEventStream('orders');
      const again = openStore(new SimulatedDisk(disk.medium.copy()));
      expect(again.position).toBe(20);
    },
  );
});
