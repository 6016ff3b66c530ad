/** Every query of each kind of index, with values of every type that an index takes. */
import { describe, expect, it } from 'vitest';
import { CommandRunner } from '../commands/command-runner.ts';
import { JournaledContext } from '../commands/command-context.ts';
import { collection } from '../model/collection.ts';
import { Model } from '../model/model.ts';
import type { ModelDraft, ModelReader } from '../model/model-types.ts';
import { array, category, hash, hashList, kind, range, unique, uniqueString } from './index-definition.ts';

interface Item {
  id: string;
  name?: string;
  day?: Date;
  days?: Date[];
  size?: number | bigint | string | boolean | null;
  type?: string;
  path?: string;
  done?: boolean;
}

const definition = {
  items: collection<Item>()({
    key: 'id',
    indexes: {
      byName: uniqueString('name', { ignoreCase: true }),
      byDay: unique('day'),
      byDone: hash('done'),
      byDayAgain: hash('day'),
      byDays: hashList('days'),
      bySize: range('size'),
      byDayInOrder: range('day'),
      byType: kind('type', { car: 'vehicle' }),
      byTypeAndDay: array(['type', 'day'], { unique: true }),
      byDayAndDone: array(['day', 'done']),
      byPath: category('path'),
    },
  }),
};

type Items = ModelReader<typeof definition>['items'];

function open(...given: Item[]): {
  items: Items;
  run: (change: (items: ModelDraft<typeof definition>['items']) => unknown) => unknown;
} {
  const model = new Model(definition);
  const runner = new CommandRunner(model, false);
  const run = (change: (items: ModelDraft<typeof definition>['items']) => unknown): unknown => {
    const handler = (draft: object): unknown => change((draft as ModelDraft<typeof definition>).items);
    const { result } = runner.run({ handler }, undefined, new JournaledContext('', 0, () => ''));
    model.transaction.publish();
    return result;
  };
  for (const item of given) run((items) => items.insert(item));
  return { items: (model.reader as ModelReader<typeof definition>).items, run };
}

const idsOf = (found: Iterable<{ readonly id: string }>): string[] => Array.from(found, ({ id }) => id);
const day = (n: number): Date => new Date(2026, 10, n);

describe('an index', () => {
  it('of one object for a value has get, has, keys, values and size', () => {
    const { items } = open({ id: 'a', name: 'Ada' }, { id: 'b' }, { id: 'c', name: 'Ben' });
    const { byName } = items;
    expect([byName.get('ADA')?.id, byName.get('Cid'), byName.size]).toEqual(['a', undefined, 2]);
    expect([byName.has('ben'), byName.has('b'), byName.has(undefined as never)]).toEqual([true, false, false]);
    expect(byName.keys()).toEqual(['Ada', 'Ben']);
    expect(idsOf(byName.values())).toEqual(['a', 'c']);
    expect(byName.get(undefined as never)).toBeUndefined();
    expect(() => byName.get(7 as never)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('of several objects for a value has get, has, count, keys and values', () => {
    const { items } = open({ id: 'a', done: true }, { id: 'b' }, { id: 'c', done: false }, { id: 'd', done: true });
    const { byDone } = items;
    expect([idsOf(byDone.get(true)), idsOf(byDone.get(undefined as never))]).toEqual([['a', 'd'], []]);
    expect([byDone.has(false), byDone.count(true), byDone.count(undefined as never)]).toEqual([true, 2, 0]);
    expect(byDone.keys()).toEqual([true, false]);
    expect(idsOf(byDone.values())).toEqual(['a', 'c', 'd']);
    expect(() => byDone.get({} as never)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('of a tree has the categories above, by paths of both forms', () => {
    const { items } = open({ id: 'a', path: 'x/y' }, { id: 'b', path: 'x' }, { id: 'c', path: 'z' }, { id: 'd' });
    const { byPath } = items;
    expect([idsOf(byPath.get('x')), idsOf(byPath.get(['x', 'y']))]).toEqual([['a', 'b'], ['a']]);
    expect([byPath.has('x/z'), byPath.count('x'), idsOf(byPath.values())]).toEqual([false, 2, ['a', 'b', 'c']]);
    expect(byPath.keys()).toEqual([['x'], ['x', 'y'], ['z']]);
    expect(() => byPath.get('x//y')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    const { byType } = open({ id: 'a', type: 'car' }, { id: 'b', type: 'vehicle' }).items;
    expect([byType.keys(), byType.count('vehicle'), idsOf(byType.get('car'))]).toEqual([['car', 'vehicle'], 2, ['a']]);
  });

  it('of a range has values of all types in one order', () => {
    const sizes = [true, 'b', 2n ** 70n, 3, null, 'a', 2n, -1, false, NaN, 2.5] as const;
    const { items } = open(...sizes.map((size, n) => ({ id: `i${n}`, size })));
    const { bySize } = items;
    expect(bySize.keys()).toEqual([NaN, -1, 2n, 2.5, 3, 2n ** 70n, 'a', 'b', false, true]);
    expect(bySize.values().map(({ size }) => size)).toEqual(bySize.keys());
    expect([bySize.size, bySize.first()?.size, bySize.last()?.size]).toEqual([10, NaN, true]);
    expect([idsOf(bySize.get(3)), bySize.get(undefined as never)]).toEqual([['i3'], []]);
    expect(Array.from(bySize.find({ above: 2, to: 'a' }), ({ size }) => size)).toEqual([2.5, 3, 2n ** 70n, 'a']);
    expect([bySize.count(), bySize.count({ from: 'a', limit: 1 })]).toEqual([10, 1]);
    expect(() => [...bySize.find({ from: 1, above: 1 })]).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  // A bug once returned dates as milliseconds.
  it('of dates takes dates, and gives them', () => {
    const a = { id: 'a', day: day(2), days: [day(1), day(2)], type: 'car', done: true };
    const b = { id: 'b', day: day(1), days: [day(2), day(3)], type: 'car', done: true };
    const { items } = open(a, b, { id: 'c' });
    expect([items.byDay.get(day(1))?.id, items.byDay.has(day(3))]).toEqual(['b', false]);
    expect([items.byDay.keys(), items.byDayAgain.keys()]).toEqual([
      [day(2), day(1)],
      [day(2), day(1)],
    ]);
    expect(items.byDayInOrder.keys()).toEqual([day(1), day(2)]);
    expect(idsOf(items.byDayInOrder.find({ above: day(1) }))).toEqual(['a']);
    expect(idsOf(items.byDays.get(day(2)))).toEqual(['a', 'b']);
    expect(items.byDays.keys()).toEqual([day(1), day(2), day(3)]);
    expect(items.byTypeAndDay.get(['car', day(1)])?.id).toBe('b');
    expect(items.byDayAndDone.keys()).toEqual([
      [day(2), true],
      [day(1), true],
    ]);
  });

  it('cannot be made of what it does not compare, and then nothing was changed', () => {
    const { items, run } = open({ id: 'a', path: 'x', name: 'Ada', days: [] });
    const refused = expect.objectContaining({ code: 'INVALID_VALUE' }) as Error;
    for (const wrong of [{ size: {} }, { name: 7 }, { days: 'never' }, { days: [[]] }, { path: '' }, { path: [1] }]) {
      expect(() => run((draft) => draft.insert({ id: 'b', ...wrong } as never))).toThrow(refused);
      expect(() => run((draft) => Object.assign(draft.get('a')!, wrong))).toThrow(refused);
    }
    expect([...items]).toEqual([{ id: 'a', path: 'x', name: 'Ada', days: [] }]);
    expect([items.byName.keys(), items.byPath.keys(), items.bySize.size]).toEqual([['Ada'], [['x']], 0]);
  });
});
