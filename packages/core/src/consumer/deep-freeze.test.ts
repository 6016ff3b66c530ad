import { describe, expect, it } from 'vitest';
import { StateCodec } from '../codec/state-codec.ts';
import { deepFreeze } from './deep-freeze.ts';

const state = () => ({
  map: new Map<unknown, { n: number }>([[{ key: 1 }, { n: 1 }]]),
  set: new Set([{ n: 2 }]),
  date: new Date(0),
  list: [{ n: 3 }],
  deep: { er: { n: 4 } },
  bytes: Buffer.from('bytes'),
  none: undefined,
  nothing: null,
  big: 2n ** 70n,
});

describe('deepFreeze', () => {
  it.each<[string, (value: ReturnType<typeof state>) => unknown]>([
    ['a property', (value) => (value.deep = { er: { n: 5 } })],
    ['a property deep inside', (value) => (value.deep.er.n = 5)],
    ['a list', (value) => value.list.push({ n: 5 })],
    ['a part of a list', (value) => (value.list[0]!.n = 5)],
    ['a Map, by set', (value) => value.map.set(1, { n: 5 })],
    ['a Map, by delete', (value) => value.map.delete(1)],
    ['a Map, by clear', (value) => value.map.clear()],
    ['a value of a Map', (value) => ([...value.map.values()][0]!.n = 5)],
    ['a key of a Map', (value) => (([...value.map.keys()][0] as { key: number }).key = 5)],
    ['a Set, by add', (value) => value.set.add({ n: 5 })],
    ['a Set, by delete', (value) => value.set.delete({ n: 5 })],
    ['a Set, by clear', (value) => value.set.clear()],
    ['a part of a Set', (value) => ([...value.set][0]!.n = 5)],
    ['a Date', (value) => value.date.setTime(5)],
    ['a Date, by another way', (value) => value.date.setUTCFullYear(5)],
  ])('refuses a change of %s', (_name, change) => {
    const frozen = deepFreeze(state());
    expect(() => change(frozen)).toThrow(TypeError);
    expect(frozen).toEqual(state());
  });

  it('changes nothing else: what is frozen is saved, compared, copied and read like before', () => {
    const frozen = deepFreeze(state());
    expect(frozen).toEqual(state());
    const codec = new StateCodec();
    expect(codec.decode(codec.encode(frozen))).toEqual(state());
    expect(structuredClone(frozen).map).toEqual(state().map);
    expect(new Map(frozen.map).set(1, { n: 1 }).size).toBe(2);
    expect(frozen.map).toBeInstanceOf(Map);
    expect(frozen.date.toISOString()).toBe('1970-01-01T00:00:00.000Z');
  });

  it('leaves a Map, Set or Date of a class of its own in that class, and freezes what it contains', () => {
    class Names extends Map<string, { n: number }> {}
    class Tags extends Set<{ n: number }> {}
    class Day extends Date {}
    const frozen = deepFreeze([new Names([['a', { n: 1 }]]), new Tags([{ n: 2 }]), new Day(0)] as const);
    for (const [place, kind] of [Names, Tags, Day].entries()) {
      expect(Object.getPrototypeOf(frozen[place])).toBe(kind.prototype);
    }
    expect([...frozen[0].values(), ...frozen[1]].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('takes what contains itself, and what is frozen already', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(deepFreeze(cycle)).toBe(cycle);
    const shared = deepFreeze({ part: { n: 1 } });
    expect(Object.isFrozen(deepFreeze({ ...shared, more: [1] }).more)).toBe(true);
  });

  it('freezes what is in an object that was frozen elsewhere, and only by itself', () => {
    const { list, map, deep } = state();
    const frozen = deepFreeze(Object.freeze({ list, map: Object.freeze(map), deep: Object.freeze(deep) }));
    expect(() => list.push({ n: 5 })).toThrow(TypeError);
    expect(() => (list[0]!.n = 5)).toThrow(TypeError);
    expect(() => ([...map.values()][0]!.n = 5)).toThrow(TypeError);
    expect(() => (deep.er.n = 5)).toThrow(TypeError);
    expect(deepFreeze(frozen)).toBe(frozen);
    const late = { n: 1 };
    expect(() => (deepFreeze(Object.freeze([frozen, frozen, late]))[2] as { n: number }).n++).toThrow(TypeError);
  });

  it('takes what contains itself and was frozen elsewhere', () => {
    const cycle: { self?: unknown; list?: unknown[] } = {};
    cycle.self = cycle;
    cycle.list = [cycle];
    expect(deepFreeze(Object.freeze(cycle))).toBe(cycle);
    expect(Object.isFrozen(cycle.list)).toBe(true);
  });
});
