import { canonicalMatcher } from '@varve/core/internal';
import { describe, expect, it } from 'vitest';
import { isDecidedByRoute, MatcherRouter, noIndex } from './matcher-router.ts';

function candidates(router: MatcherRouter, event: object): number[] {
  return router
    .candidates(event)
    .map(({ id }) => id)
    .toSorted((left, right) => left - right);
}

function routerOf(matchers: readonly (object | undefined)[], isCertain = false): MatcherRouter {
  const router = new MatcherRouter();
  for (const [id, matcher] of matchers.entries()) {
    const canonical = matcher === undefined ? undefined : canonicalMatcher(matcher);
    router.add({ id, name: `s${id}`, test: () => true, isCertain }, canonical);
  }
  return router;
}

describe('a router of matchers', () => {
  it('asks only those that may match', () => {
    const router = routerOf([{ type: 'A' }, { type: ['A', 'B'] }, { kind: 'x' }, { n: { $gt: 1 } }, undefined]);
    expect(candidates(router, { type: 'A' })).toEqual([0, 1, 3, 4]);
    expect(candidates(router, { type: 'B', kind: 'x' })).toEqual([1, 2, 3, 4]);
    expect(candidates(router, {})).toEqual([3, 4]);
  });

  it('asks one of a thousand', () => {
    const router = routerOf(Array.from({ length: 1000 }, (_, n) => ({ n: { $gt: 0 }, type: `T${n}` })));
    expect(candidates(router, { type: 'T77' })).toEqual([77]);
  });

  it('knows the only stream of an event without asking, where values decide', () => {
    const router = routerOf([{ type: 'A' }, { type: ['B', 'C'] }, { type: 'C' }, { kind: 'x' }], true);
    expect(router.onlyIndexOf({ type: 'A' })).toBe(0);
    expect(router.onlyIndexOf({ type: 'B' })).toBe(1);
    expect(router.onlyIndexOf({ type: 'D', kind: 'x' })).toBe(3);
    expect(router.onlyIndexOf({ type: 'D' })).toBe(noIndex);
  });

  it('leaves those to be asked that are several, or not decided by a value', () => {
    const router = routerOf([{ type: 'A' }, { type: ['B', 'C'] }, { type: 'C' }, { kind: 'x' }], true);
    expect(router.onlyIndexOf({ type: 'C' })).toBeUndefined();
    expect(router.onlyIndexOf({ type: 'A', kind: 'x' })).toBeUndefined();
    router.remove(2);
    expect(router.onlyIndexOf({ type: 'C' })).toBe(1);
    expect(routerOf([{ type: 'A' }]).onlyIndexOf({ type: 'A' })).toBeUndefined();
    expect(routerOf([{ type: 'A' }, { n: { $gt: 1 } }], true).onlyIndexOf({ type: 'A' })).toBeUndefined();
  });

  it('forgets those that are removed', () => {
    const router = routerOf([{ type: ['A', 'B'] }, { type: 'A' }, undefined]);
    for (const id of [0, 2]) router.remove(id);
    expect([candidates(router, { type: 'A' }), candidates(router, { type: 'B' })]).toEqual([[1], []]);
    router.remove(1);
    expect(router.isEmpty).toBe(true);
  });
});

describe('isDecidedByRoute', () => {
  it.each([
    [{ type: 'A' }, true],
    [{ type: ['A', 7, null, false] }, true],
    [{ type: 'A', amount: 7 }, false],
    [{ type: { $ne: 'A' } }, false],
    [{ order: { type: 'A' } }, false],
    [{ type: ['A', { $gt: 1 }] }, false],
    [{}, false],
  ])('of %j is %s', (matcher, expected) => {
    const canonical = canonicalMatcher(matcher);
    expect(isDecidedByRoute({ kind: 'matcher', matcher: canonical })).toBe(expected);
    expect(isDecidedByRoute({ kind: 'matcher', matcher: canonical, metadata: canonical })).toBe(false);
  });

  it('is false of functions', () => {
    expect(isDecidedByRoute({ kind: 'matcher', function: '() => true' })).toBe(false);
  });
});
