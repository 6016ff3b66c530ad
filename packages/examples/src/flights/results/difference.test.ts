/** The comparison of two results: it must find every field that differs, and no other. */
import { describe, expect, it } from 'vitest';
import { describeDifference, differencesBetween } from './difference.ts';

describe('differences between two results', () => {
  it('are none when every field is the same, in whatever order', () => {
    expect(differencesBetween({ ORD: { a: 1, b: 2 }, DFW: { a: 0 } }, { DFW: { a: 0 }, ORD: { b: 2, a: 1 } })).toEqual(
      [],
    );
  });

  it('name each field that has another value', () => {
    const differences = differencesBetween(
      { ORD: { a: 1, b: 3 }, DFW: { a: 7 } },
      { ORD: { a: 1, b: 2 }, DFW: { a: 8 } },
    );
    expect(differences).toEqual([
      { path: ['ORD', 'b'], projected: 3, plain: 2 },
      { path: ['DFW', 'a'], projected: 7, plain: 8 },
    ]);
  });

  it('name what only one of the two has', () => {
    expect(differencesBetween({ ORD: { a: 1 } }, { DFW: { a: 1 } })).toEqual([
      { path: ['DFW'], projected: undefined, plain: { a: 1 } },
      { path: ['ORD'], projected: { a: 1 }, plain: undefined },
    ]);
  });

  it.each([
    [1, '1'],
    [0, -0],
    [null, 0],
    [{}, null],
  ])('tell %j from %j', (projected, plain) => {
    expect(differencesBetween({ a: projected }, { a: plain })).toHaveLength(1);
  });

  it('do not count a value that is not a number twice', () => {
    expect(differencesBetween({ a: NaN }, { a: NaN })).toEqual([]);
  });

  it('are told with both values', () => {
    expect(describeDifference({ path: ['ORD', 'departures'], projected: undefined, plain: 3 })).toBe(
      'ORD departures: nothing in the projection, 3 in the plain loop',
    );
  });
});
