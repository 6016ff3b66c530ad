import { describe, expect, it } from 'vitest';
import { mergeStates, partOf } from './parts.ts';

describe('partOf', () => {
  it('gives a key to one part, always the same, and all parts some', () => {
    const keys = Array.from({ length: 300 }, (_, index) => `account-${index}`);
    const parts = keys.map((key) => partOf(key, 3));
    expect(parts).toEqual(keys.map((key) => partOf(key, 3)));
    const counts = [0, 1, 2].map((part) => parts.filter((other) => other === part).length);
    expect(Math.min(...counts)).toBeGreaterThan(70);
    // States on disk depend on this function: it must never change.
    expect([partOf('anna', 4), partOf(7, 4), partOf('7', 4), partOf('', 4)]).toEqual([3, 2, 2, 0]);
  });

  it('gives what has no key to the first part', () => {
    expect(partOf(undefined, 5)).toBe(0);
  });
});

describe('mergeStates', () => {
  it('puts objects, Maps, Sets and lists together', () => {
    const left = { byName: { anna: 1 }, seen: new Set([1]), map: new Map([[1, 'a']]), list: [1], same: 'x' };
    const right = { byName: { ben: 2 }, seen: new Set([2]), map: new Map([[2, 'b']]), list: [2], same: 'x' };
    const map = new Map([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(mergeStates<object>([left, right], 'union', 'p')).toEqual({
      byName: { anna: 1, ben: 2 },
      seen: new Set([1, 2]),
      map,
      list: [1, 2],
      same: 'x',
    });
    expect(left.byName).toEqual({ anna: 1 });
  });

  it('adds numbers only when told to, and refuses what is in two parts otherwise', () => {
    const states = [{ total: { anna: 1, all: 5 } }, { total: { ben: 2, all: 7 } }, { total: { all: 1 } }];
    expect(mergeStates<object>(states, 'sum', 'p')).toEqual({ total: { anna: 1, ben: 2, all: 13 } });
    expect(() => mergeStates<object>(states, 'union', 'p')).toThrow('"p" differ at /total/all');
    expect(() => mergeStates<unknown>(['a', 'b'], 'sum', 'p')).toThrow(
      expect.objectContaining({ code: 'PROJECTION_INVALID' }),
    );
  });

  it('lets a function do it, and leaves a single state alone', () => {
    expect(mergeStates([3, 9, 4], (states) => Math.max(...states), 'p')).toBe(9);
    expect(mergeStates([3], () => 0, 'p')).toBe(3);
  });
});
