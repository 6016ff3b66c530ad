/** What a system tells its listeners. */
import { describe, expect, it } from 'vitest';
import { prevalence, value } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

const counterOf = () =>
  prevalence({
    name: 'counter',
    model: { total: value(0) },
    commands: { add: (model, n: number) => (model.total += n) },
  });

describe('init', () => {
  // It was told by `restore` only, and never if something else had restored the model.
  it.each([
    { what: 'restore', begin: (db: Prepared) => db.restore() },
    { what: 'the first command', begin: (db: Prepared) => db.do.add(1) },
    { what: 'a transaction', begin: (db: Prepared) => db.transact((model) => void (model.total += 1)) },
    { what: 'a snapshot', begin: (db: Prepared) => db.snapshot() },
  ])('is told once, and before what comes after it, when $what restores the model', async ({ begin }) => {
    const store = await folder.open();
    const before = await counterOf().open(store);
    await before.do.add(5);
    await before.close();
    await using db = counterOf().prepare(store);
    const told: unknown[] = [];
    db.on('init', (info) => told.push(info, db.model.total));
    db.on('command', (name, _argument, _result, { isReplay }) => told.push(`${name} ${isReplay}`));
    const begun = begin(db);
    await db.restore();
    await begun;
    await db.do.add(1);
    await db.restore();
    const info = { commands: 1, position: 1, snapshot: 0, passed: [] };
    expect(told.slice(0, 3)).toEqual(['add true', info, 5]);
    expect(new Set(told.slice(3))).toEqual(new Set(['add false']));
  });

  type Prepared = ReturnType<ReturnType<typeof counterOf>['prepare']>;
});
