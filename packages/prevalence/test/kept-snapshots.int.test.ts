/** Which files in the folder of a system's snapshots are used and kept, when not all are of its history. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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

// Three snapshots of a history that was gone counted as the newest: the one that had just been taken was removed at once,
// and whoever had been told of it dropped the events that it contained.
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

// A system took the newest snapshot for its own if only the store had its last command: it got the state of another system
// of its name, and went on from a place in its own journal that had nothing to do with it.
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
