import { describe, expect, it } from 'vitest';
import { canonicalMatcher } from './canonical-matcher.ts';
import { compileMatcher } from './compile-matcher.ts';
import { routeOf } from './route.ts';

class Money {
  readonly amount = 5;
}

describe('an object matcher', () => {
  it.each<[object, object, boolean]>([
    [{}, { any: 1 }, true],
    [{ type: 'A' }, { type: 'A', n: 1 }, true],
    [{ type: 'A' }, { type: 'B' }, false],
    [{ type: 'A' }, {}, false],
    [{ n: 1 }, { n: '1' }, false],
    [{ x: null }, { x: null }, true],
    [{ x: null }, {}, false],
    [{ type: ['A', 'B'] }, { type: 'B' }, true],
    [{ type: ['A', 'B'] }, { type: 'C' }, false],
    [{ n: [1, { $gt: 10 }] }, { n: 11 }, true],
    [{ n: [1, { $gt: 10 }] }, { n: 2 }, false],
    [{ a: { b: { c: 1 } } }, { a: { b: { c: 1, d: 2 } } }, true],
    [{ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, false],
    [{ a: { b: 1 } }, { a: null }, false],
    [{ a: {} }, { a: 'text' }, false],
    [{ constructor: 'x' }, {}, false],
    [{ toString: { $ne: 'x' } }, {}, true],
    [{ n: { $eq: 1 } }, { n: 1 }, true],
    [{ list: { $eq: [1, { a: 1 }] } }, { list: [1, { a: 1 }] }, true],
    [{ list: { $eq: [1, 2] } }, { list: [2, 1] }, false],
    [{ money: { $eq: { amount: 5 } } }, { money: new Money() }, true],
    [{ n: { $ne: 1 } }, { n: 1 }, false],
    [{ n: { $ne: 1 } }, {}, true],
    [{ n: { $gt: 1, $lte: 3 } }, { n: 3 }, true],
    [{ n: { $gt: 1, $lte: 3 } }, { n: 1 }, false],
    [{ n: { $gte: 2 } }, { n: 2 }, true],
    [{ n: { $lt: 2 } }, { n: 2 }, false],
    [{ n: { $gt: 1 } }, { n: '2' }, false],
    [{ day: { $lt: '2024-02' } }, { day: '2024-01-31' }, true],
    [{ n: { $gt: 1 } }, {}, false],
    [{ tags: { $has: 'a' } }, { tags: ['b', 'a'] }, true],
    [{ tags: { $has: 'a' } }, { tags: 'a' }, false],
    [{ tags: { $has: { id: 1 } } }, { tags: [{ id: 1 }] }, true],
    [{ tags: { $hasAny: ['a', 'b'] } }, { tags: ['c', 'b'] }, true],
    [{ tags: { $hasAny: ['a', 'b'] } }, { tags: ['c'] }, false],
  ])('%j of %j is %s', (matcher, event, expected) => {
    expect(compileMatcher(canonicalMatcher(matcher))(event)).toBe(expected);
  });

  it('is the same after it was stored', () => {
    const matcher = { b: [{ $gt: 1 }, 'x'], a: { $eq: [1, { y: 1, x: 2 }] }, 10: 1, 9: 1 };
    const canonical = canonicalMatcher(matcher);
    const stored: unknown = JSON.parse(JSON.stringify(canonical));
    expect(JSON.stringify(canonicalMatcher(stored))).toBe(JSON.stringify(canonical));
  });

  it.each<[object, object]>([
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [{ a: ['x', 'y', 'x'] }, { a: ['y', 'x'] }],
    [{ a: ['x'] }, { a: 'x' }],
    [{ a: { $eq: 'x' } }, { a: 'x' }],
    [{ a: { $lt: 2, $gt: 1 } }, { a: { $gt: 1, $lt: 2 } }],
    [{ a: 1, b: undefined }, { a: 1 }],
  ])('%j is the same as %j', (left, right) => {
    expect(JSON.stringify(canonicalMatcher(left))).toBe(JSON.stringify(canonicalMatcher(right)));
  });

  it.each<[string, unknown]>([
    ['a text', 'type'],
    ['null', null],
    ['an array', [{ type: 'A' }]],
    ['a date', { at: new Date() }],
    ['a function inside', { a: () => 1 }],
    ['NaN', { a: Number.NaN }],
    ['an empty array', { a: [] }],
    ['an operator without a property', { $gt: 1 }],
    ['an unknown operator', { a: { $regex: 'x' } }],
    ['an operator that is inherited', { a: { $toString: 1 } }],
    ['operators beside properties', { a: { $gt: 1, b: 2 } }],
    ['a comparison with true', { a: { $gt: true } }],
    ['$hasAny of nothing', { a: { $hasAny: [] } }],
    [
      'a cycle',
      (() => {
        const cycle: Record<string, unknown> = {};
        cycle['a'] = cycle;
        return cycle;
      })(),
    ],
  ])('cannot be %s', (_, matcher) => {
    expect(() => canonicalMatcher(matcher)).toThrow(expect.objectContaining({ code: 'INVALID_MATCHER' }));
  });
});

describe('the route of a matcher', () => {
  const route = (matcher: object, ...preferred: string[]): unknown =>
    routeOf(canonicalMatcher(matcher), new Set(preferred));

  it('is a property that is compared for equality', () => {
    expect(route({ n: { $gt: 1 }, type: 'A' })).toEqual({ property: 'type', values: ['A'] });
    expect(route({ type: ['A', 'B'] })).toEqual({ property: 'type', values: ['A', 'B'] });
    expect(route({ a: 1, type: 'A' }, 'type')).toEqual({ property: 'type', values: ['A'] });
  });

  it('is none when there is no such property', () => {
    expect(route({ type: { $ne: 'A' }, a: { b: 1 }, c: ['x', { $gt: 'y' }] })).toBeUndefined();
  });
});

it('what an operator compares with must be plain data, and not nested without end', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });
  expect(canonicalMatcher({ a: { $eq: nested(32) } })).toEqual({ a: { $eq: nested(32) } });
  expect(() => canonicalMatcher({ a: { $eq: nested(33) } })).toThrow(/nested deeper than 32 levels/);
  for (const operand of [new Money(), new Date(0), [new Map()]]) {
    expect(() => canonicalMatcher({ a: { $has: operand } })).toThrow(/only plain data can be compared with/);
  }
});
