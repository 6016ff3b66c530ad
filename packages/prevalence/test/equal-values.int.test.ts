/**
 * Two places of a model to which one object was assigned hold the same object in memory, and two equal ones after a
 * restore from a snapshot. A command that assigned such an object to a place that already held it did nothing before
 * the restart, and had another digest when replayed after the snapshot. A bug once prevented the system from opening
 * again (`REPLAY_FAILED`).
 */
import { expect, it } from 'vitest';
import { collection, prevalence, value } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

interface Item {
  id: string;
  box: { n: number };
  made: Date;
  changed: Date | null;
}

const showcase = prevalence({
  name: 'showcase',
  model: { items: collection<Item>()({ key: 'id' }), featured: value<unknown>(null), first: value<Date | null>(null) },
  commands: {
    add: (model, id: string, { now }) => void model.items.insert({ id, box: { n: 1 }, made: now, changed: now }),
    feature: (model, id: string) => {
      model.featured = model.items.get(id);
    },
    share: (model, [from, to]: [string, string]) => {
      model.items.get(to)!.box = model.items.get(from)!.box;
    },
    reset: (model, id: string) => {
      const item = model.items.get(id)!;
      item.changed = item.made;
    },
    date: (model, id: string) => {
      model.first = model.items.get(id)!.made;
    },
  },
});

type Database = Awaited<ReturnType<typeof showcase.open>>;

it.each<[string, (db: Database) => Promise<unknown>]>([
  ['an object', (db) => db.do.feature('a')],
  ['a part of an object', (db) => db.do.share(['a', 'b'])],
  ['a date in an object', (db) => db.do.reset('a')],
  ['a date', (db) => db.do.date('a')],
])('%s may be assigned again behind a snapshot', async (_what, assign) => {
  const store = await folder.open();
  const db = await showcase.open(store);
  await db.do.add('a');
  await db.do.add('b');
  await assign(db);
  await db.snapshot();
  await assign(db);
  const lived = structuredClone([...db.model.items, db.model.featured, db.model.first]);
  await db.close();
  await using again = await showcase.open(store);
  expect(structuredClone([...again.model.items, again.model.featured, again.model.first])).toEqual(lived);
});

it('what is the same has the digest of a command that did nothing', async () => {
  const store = await folder.open();
  await using db = await showcase.open(store);
  await db.do.add('a');
  await db.do.reset('a');
  const made = db.model.items.get('a')!.made.getTime();
  await db.transact((model) => {
    const item = model.items.get('a')!;
    item.made = new Date(made);
    item.box = { n: 1 };
    model.first = null;
  });
  const digests = store.getEventStream<{ digest: number }>('prevalence-showcase').events.map(({ digest }) => digest);
  expect(digests.map((digest) => digest === 0)).toEqual([false, true, true]);
});
