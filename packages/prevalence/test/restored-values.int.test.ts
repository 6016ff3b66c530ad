/**
 * A value lives in the model as a snapshot will return it, or is refused. A bug once did neither with some values:
 * after a restore, a handler that read them did something else, whose replay then ended (`REPLAY_FAILED`), or objects
 * were gone.
 */
import { describe, expect, it } from 'vitest';
import { collection, dictionary, prevalence } from '../src/index.ts';
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

  // A bug once kept them as getters: the model changed without a command as soon as what they read had changed.
  it.each<[string, (given: object) => unknown, (held: unknown) => unknown]>([
    ['an object', (given) => given, numberOf],
    ['a frozen object', (given) => Object.freeze(given), numberOf],
    ['an object within another', (given) => ({ given }), (held) => numberOf(fieldsOf(held)['given'])],
    ['an object within a frozen one', (given) => Object.freeze({ given }), (held) => numberOf(fieldsOf(held)['given'])],
    ['an object within a list', (given) => [given], (held) => numberOf(listOf(held)[0])],
    ['an object within a frozen list', (given) => Object.freeze([given]), (held) => numberOf(listOf(held)[0])],
    ['a list', listWithGetter, (held) => listOf(held)[0]],
  ])('is what a getter gave when it was given: of %s', async (_what, wrap, unwrap) => {
    let outside = 1;
    const make = (): unknown =>
      wrap({
        get number() {
          return outside;
        },
      });
    const getters = prevalence({
      name: 'getters',
      model: { held: dictionary<unknown>(), items: collection<{ id: number; item: unknown }>()({ key: 'id' }) },
      commands: {
        put: (model) => {
          model.held['x'] = make();
          model.items.insert({ id: 1, item: make() });
          model.items.put({ id: 2, item: make() });
          model.items.get(1)!.item = make();
        },
        give: () => make(),
      },
    });
    const store = await folder.open();
    const db = await getters.open(store);
    await db.do.put();
    const result = await db.do.give();
    outside = 2;
    const found = ({ held, items }: typeof db.model): unknown[] =>
      [held['x'], items.get(1)?.item, items.get(2)?.item].map(unwrap);
    expect([...found(db.model), unwrap(result)]).toStrictEqual([1, 1, 1, 1]);
    await db.snapshot();
    await db.close();
    await using again = await getters.open(store);
    expect(found(again.model)).toStrictEqual([1, 1, 1]);
  });

  it('is frozen where it was given, with everything in it', async () => {
    const given: { list: { n: number }[] } = { list: [{ n: 1 }] };
    const giver = prevalence({
      name: 'giver',
      model: { held: dictionary<unknown>() },
      commands: { put: (model) => void (model.held['x'] = given) },
    });
    await using db = await giver.open(await folder.open());
    await db.do.put();
    expect(() => given.list.push({ n: 2 })).toThrow(TypeError);
    expect(() => given.list[0]!.n++).toThrow(TypeError);
    expect(db.model.held['x']).toEqual({ list: [{ n: 1 }] });
  });
});

function numberOf(held: unknown): unknown {
  return fieldsOf(held)['number'];
}

/** A list whose element is a getter that returns the number of an object. */
function listWithGetter(given: object): unknown[] {
  const get = (): unknown => numberOf(given);
  return Object.defineProperty([], 0, { get, enumerable: true, configurable: true });
}
