/**
 * A value lives in the model as a snapshot gives it back, or is refused. Some were neither: a handler that looked at them did
 * something else behind a restore, whose replay then ended (`REPLAY_FAILED`), or objects were gone.
 */
import { describe, expect, it } from 'vitest';
import { dictionary, prevalence } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

const half = '\u{1f600}'[0]!;

const fieldsOf = (held: unknown): Record<string, unknown> => held as Record<string, unknown>;
const listOf = (held: unknown): unknown[] => held as unknown[];

const values = prevalence({
  name: 'values',
  model: { held: dictionary<unknown>({ list: [1], object: { a: 1 } }), seen: dictionary<unknown>() },
  commands: {
    put: (model, value: unknown) => void (model.held['x'] = value),
    set: (model, [part, key, value]: [string, string, unknown]) => void (fieldsOf(model.held[part])[key] = value),
    remove: (model, key: string) => void delete fieldsOf(model.held['list'])[key],
    splice: (model, [at, count]: [number, number]) => void listOf(model.held['list']).splice(at, count),
    named: (model) => void (model.held['x'] = Object.assign([1], { name: 'numbers' })),
    namedFrozen: (model) => void (model.held['x'] = Object.freeze(Object.assign([1], { name: 'numbers' }))),
    setHalf: (model) => void (fieldsOf(model.held['object'])[half] = 1),
    half: (model) => void (model.held['x'] = [{ [half]: 1 }]),
    halfEntry: (model) => void (model.held[half] = 1),
    halfEntries: (model) => void (model.held = { [half]: 1 }),
    look: (model) => {
      let count = 0;
      const list = listOf(model.held['list']);
      list.forEach(() => count++);
      model.seen['elements'] = [count, Object.keys(list), list.length];
    },
  },
});

type Database = Awaited<ReturnType<typeof values.open>>;

describe('a value of a model', () => {
  it.each<[string, (db: Database) => Promise<unknown>]>([
    ['a half of a character as a field of an argument', (db) => db.do.put({ [half]: 1 })],
    ['a half of a character as a field of a draft', (db) => db.do.setHalf()],
    ['a half of a character as a field of an object', (db) => db.do.half()],
    ['a half of a character as a key of a dictionary', (db) => db.do.halfEntry()],
    ['a half of a character as a key of a new dictionary', (db) => db.do.halfEntries()],
    ['a named field of a list', (db) => db.do.named()],
    ['a named field of a frozen list', (db) => db.do.namedFrozen()],
    ['a field of the draft of a list', (db) => db.do.set(['list', 'name', 'numbers'])],
    ['a length that is none', (db) => db.do.set(['list', 'length', 'long'])],
    ['an index that is none', (db) => db.do.set(['list', '-1', 1])],
  ])('is not %s', async (_what, act) => {
    const store = await folder.open();
    await using db = await values.open(store);
    const before = structuredClone({ ...db.model.held });
    await expect(act(db)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(structuredClone({ ...db.model.held })).toEqual(before);
  });

  it.each<[string, (db: Database) => Promise<unknown>, unknown[]]>([
    ['an element behind the end', (db) => db.do.set(['list', '3', 4]), [1, undefined, undefined, 4]],
    ['a length behind the end', (db) => db.do.set(['list', 'length', 3]), [1, undefined, undefined]],
    ['a length before the end', (db) => db.do.set(['list', 'length', 0]), []],
    ['an element that is removed', (db) => db.do.remove('0'), [undefined]],
    ['an element that is cut out', (db) => db.do.splice([0, 1]), []],
  ])('has no holes: %s', async (_what, act, expected) => {
    const store = await folder.open();
    const db = await values.open(store);
    await act(db);
    expect(db.model.held['list']).toStrictEqual(expected);
    await db.snapshot();
    await db.do.look();
    const lived = structuredClone({ ...db.model.held, ...db.model.seen });
    await db.close();
    await using again = await values.open(store);
    expect(structuredClone({ ...again.model.held, ...again.model.seen })).toStrictEqual(lived);
  });
});
