/** The matchers of derived streams that random commands choose from, and what they mean, expressed in another way. */
import type { Matcher, ObjectMatcher } from '@varve/core';
import type { ModelEvent } from './store-model.ts';

export interface KnownMatcher {
  readonly matcher: Matcher<{ readonly type: string; readonly [property: string]: unknown }>;
  readonly metadata?: ObjectMatcher;
  readonly test: (event: ModelEvent) => boolean;
}

export const matchers = {
  type: { matcher: { type: 'x' }, test: ({ payload }) => payload.type === 'x' },
  types: { matcher: { type: ['yy', 'zzz'] }, test: ({ payload }) => payload.type !== 'x' },
  range: { matcher: { n: { $gte: 20, $lt: 60 } }, test: ({ payload }) => payload.n >= 20 && payload.n < 60 },
  tag: { matcher: { tags: { $has: 't1' } }, test: ({ payload }) => payload.tags.includes('t1') },
  writer: {
    matcher: { type: 'x' },
    metadata: { by: 'anna' },
    test: ({ payload, by }) => payload.type === 'x' && by === 'anna',
  },
  stream: { matcher: {}, metadata: { stream: 'b' }, test: ({ stream }) => stream === 'b' },
  odd: { matcher: (event) => Number(event['n']) % 2 === 1, test: ({ payload }) => payload.n % 2 === 1 },
} as const satisfies Readonly<Record<string, KnownMatcher>>;

export const matcherNames = Object.keys(matchers) as (keyof typeof matchers)[];
