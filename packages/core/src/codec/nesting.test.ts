import { describe, expect, it } from 'vitest';
import { isNestedTooDeep, maxNesting } from './nesting.ts';

const ways: readonly (readonly [string, (inner: unknown) => object])[] = [
  ['objects', (inner) => ({ first: 1, inner })],
  ['lists', (inner) => [1, inner]],
  ['maps', (inner) => new Map([['inner', inner]])],
  ['keys of maps', (inner) => new Map([[inner, 'inner']])],
  ['sets', (inner) => new Set([1, inner])],
  ['errors', (inner) => new Error('outer', { cause: inner })],
];

function nest(way: (inner: unknown) => object, levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level++) value = way(value);
  return value;
}

describe.each(ways)('nesting of %s', (_, way) => {
  it(`may be ${maxNesting} levels deep, and no deeper`, () => {
    expect(isNestedTooDeep(nest(way, maxNesting))).toBe(false);
    expect(isNestedTooDeep(nest(way, maxNesting + 1))).toBe(true);
    expect(isNestedTooDeep({ also: [nest(way, maxNesting)] })).toBe(true);
  });
});

it('is nothing in what has nothing inside', () => {
  for (const value of [null, undefined, 7, 'text', Buffer.alloc(5000), new Date(0)]) {
    expect(isNestedTooDeep(value)).toBe(false);
  }
});
