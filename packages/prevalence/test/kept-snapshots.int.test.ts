/** Which files in the folder of a system's snapshots are used and kept when not all are of its history. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@varve/core/testing';
import type { WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { prevalence, value } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

const counterOf = (options: { readonly journal?: string; readonly keep?: number } = {}) => {
  const { keep = 3, ...others } = options;
  return prevalence({
    name: 'counter',
    model: { total: value(0) },
    commands: { add: (model, n: number) => (model.total += n) },
    snapshot: { keep },
    ...others,
  });
};

const pathOf = (name: string): string => join(folder.directory, name);
const positions = (): number[] => readdirSync(pathOf('store/prevalence/counter')).toSorted().map(Number.parseFloat);

// A bug once counted three snapshots of a lost history as the newest: the one just taken was removed at once, and
// whoever had been told of it dropped the events that it contained.
it('one that was just taken is kept beside those of a history that is gone', async () => {
  let store = await folder.open();
  let db = await counterOf().open(store);
  await db.do.add(1);
  await db.close();
  await store.close();
  cpSync(pathOf('store'), pathOf('backup'), { recursive: true });
  store = await folder.open();
  db = await counterOf().open(store);
  for (let count = 0; count < 3; count++) {
    await db.do.add(10);
    await db.snapshot();
  }
  await db.close();
  await store.close();
  cpSync(pathOf('store/prevalence'), pathOf('backup/prevalence'), { recursive: true });
  rmSync(pathOf('store'), { recursive: true });
  cpSync(pathOf('backup'), pathOf('store'), { recursive: true });
  store = await folder.open();
  db = await counterOf().open(store);
  expect([db.model.total, positions()]).toEqual([1, [2, 3, 4]]);
  const { position } = await db.snapshot();
  await db.close();
  expect([position, positions()]).toEqual([1, [1, 2, 3, 4]]);
  const again = counterOf().prepare(store);
  expect(await again.restore()).toMatchObject({ commands: 0, snapshot: 1 });
  await again.close();
});

// A bug once accepted the newest snapshot as the system's own if only the store had its last command: the system got
// the state of another system of its name, and continued at an unrelated place in its own journal.
it('those of another journal are neither used nor removed', async () => {
  const store = await folder.open();
  const one = await counterOf({ journal: 'one', keep: 1 }).open(store);
  const other = await counterOf({ journal: 'other', keep: 1 }).open(store);
  for (let count = 0; count < 3; count++) await other.do.add(100);
  const otherTaken = await other.snapshot();
  for (let count = 0; count < 2; count++) await one.do.add(1);
  await one.snapshot();
  await one.do.add(1);
  const taken = await one.snapshot();
  expect(positions()).toEqual([otherTaken.position, taken.position]);
  await one.close();
  await other.close();
  const again = counterOf({ journal: 'other' }).prepare(store);
  const passed = [{ path: taken.path, reason: 'it is of another journal' }];
  expect(await again.restore()).toEqual({ commands: 0, position: 3, snapshot: 3, passed });
  expect(again.model.total).toBe(300);
  await again.close();
  await using moved = await counterOf({ journal: 'new' }).open(store);
  expect(moved.model.total).toBe(0);
});

// A snapshot of another store is recognized by the store id, with which all checksums are seeded; within one store, by
// the frame of its last command. Positions and numbers alone would let each of these pass.
describe('one of another history with as many commands is passed over, and the journal done again,', () => {
  const commands = async (options: WriteOptions, ...numbers: readonly number[]): Promise<void> => {
    const store = await folder.open(options);
    const db = await counterOf().open(store);
    for (const n of numbers) await db.do.add(n);
    if (numbers.length > 1) await db.snapshot();
    await db.close();
    await store.close();
  };
  const restored = async (): Promise<unknown> => {
    const store = await folder.open();
    const db = counterOf().prepare(store);
    const { commands: count, snapshot, passed } = await db.restore();
    const { total } = db.model;
    await db.close();
    await store.close();
    return { total, count, snapshot, reasons: passed.map(({ reason }) => reason) };
  };

  it('when another store is in the place of its own, with the same commands at the same times', async () => {
    await commands({ clock: new ManualClock(1_000_000) }, 1, 2, 3);
    cpSync(pathOf('store/prevalence'), pathOf('kept'), { recursive: true });
    rmSync(pathOf('store'), { recursive: true });
    await commands({ clock: new ManualClock(1_000_000) }, 1, 2, 3);
    rmSync(pathOf('store/prevalence'), { recursive: true });
    cpSync(pathOf('kept'), pathOf('store/prevalence'), { recursive: true });
    const reasons = ['its header is damaged, or of another store (checksum)'];
    expect(await restored()).toEqual({ total: 6, count: 3, snapshot: 0, reasons });
  });

  it('when a copy from before is in the place of its store, and went on otherwise', async () => {
    await commands({ clock: new ManualClock(1_000_000) }, 1);
    cpSync(pathOf('store'), pathOf('backup'), { recursive: true });
    await commands({ clock: new ManualClock(2_000_000) }, 10, 20);
    cpSync(pathOf('store/prevalence'), pathOf('kept'), { recursive: true });
    rmSync(pathOf('store'), { recursive: true });
    cpSync(pathOf('backup'), pathOf('store'), { recursive: true });
    await commands({ clock: new ManualClock(2_000_000) }, 20, 10);
    await commands({ clock: new ManualClock(3_000_000) }, 5);
    rmSync(pathOf('store/prevalence'), { recursive: true });
    cpSync(pathOf('kept'), pathOf('store/prevalence'), { recursive: true });
    const reasons = ['the store has another event there'];
    expect(await restored()).toEqual({ total: 36, count: 4, snapshot: 0, reasons });
  });
});
