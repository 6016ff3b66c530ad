/**
 * The changes of a transaction of an older model version are journaled object by object, in the form of that version. A
 * bug once replayed them unchanged: a part that had been renamed since was missing (`REPLAY_FAILED`), and objects were
 * not converted.
 */
import { expect, it } from 'vitest';
import { collection, convertField, dictionary, prevalence, renameField } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

interface Old {
  id: string;
  incept: string;
}

const first = prevalence({
  name: 'units',
  model: { units: collection<Old>()({ key: 'id' }), notes: dictionary<string>() },
  commands: { add: (model, unit: Old) => void model.units.insert(unit) },
});

interface New {
  serial: string;
  incept: number;
}

const second = prevalence({
  name: 'units',
  version: 2,
  model: { replicants: collection<New>()({ key: 'serial' }) },
  commands: {
    add: {
      version: 2,
      upcasters: [({ id, incept }: Old) => ({ serial: id.toUpperCase(), incept: Number(incept) })],
      handler: (model, unit: New) => void (unit.incept > 0 && model.replicants.insert(unit)),
    },
  },
  migrations: [
    {
      rename: { replicants: 'units' },
      drop: ['notes'],
      convert: {
        replicants: [
          renameField('id', 'serial'),
          convertField('serial', (id: string) => id.toUpperCase()),
          convertField('incept', (text: string) => Number(text)),
          (unit: New) => (unit.incept === 0 ? undefined : unit),
        ],
      },
    },
  ],
});

it.each(['msgpackr', 'json'] as const)('are migrated as a snapshot is (%s)', async (serializer) => {
  const store = await folder.open({ serializer });
  const db = await first.open(store);
  for (const [id, incept] of Object.entries({ a: '1', b: '2', c: '3', none: '0' })) await db.do.add({ id, incept });
  await db.snapshot();
  await db.transact((model) => {
    model.notes['x'] = 'a part that is gone';
    model.units.insert({ id: 'd', incept: '4' });
    model.units.insert({ id: 'dropped', incept: '0' });
    model.units.get('a')!.incept = '11';
    model.units.delete('b');
    model.units.get('c')!.incept = '0';
    model.units.delete('none');
  });
  await db.do.add({ id: 'e', incept: '5' });
  await db.transact((model) => {
    model.units.delete('e');
    model.units.get('c')!.incept = '33';
  });
  await db.close();
  const units = [
    { serial: 'A', incept: 11 },
    { serial: 'D', incept: 4 },
    { serial: 'C', incept: 33 },
  ];
  // The past first, because the next line takes a snapshot.
  expect([...(await second.at(store, { position: 7 })).model.replicants]).toEqual(units);
  await using migrated = await second.open(store);
  expect([...migrated.model.replicants]).toEqual(units);
  await migrated.do.add({ serial: 'F', incept: 6 });
  expect(new Set(Array.from(migrated.model.replicants.keys(), (key) => migrated.model.replicants.idOf(key))).size).toBe(
    4,
  );
});
