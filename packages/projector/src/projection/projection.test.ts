import { describe, expect, expectTypeOf, it } from 'vitest';
import { consumerIdOf, defineProjection, type Projection } from './projection.ts';

interface Opened {
  readonly type: 'Opened';
  readonly account: string;
}

interface Closed {
  readonly type: 'Closed';
  readonly reason: string;
}

interface Events {
  Opened: Opened;
  Closed: Closed;
}

const plain = { name: 'accounts', stream: '_all', initialState: 0, on: { Opened: (count: number) => count + 1 } };

describe('defineProjection', () => {
  it('fills in the version, and the type of an event', () => {
    const { version, eventType } = defineProjection<number>(plain);
    expect(version).toBe(1);
    const metadata = {} as Parameters<typeof eventType>[1];
    expect(eventType({ type: 'Opened' }, metadata)).toBe('Opened');
    expect(eventType({ type: 7 }, metadata)).toBeUndefined();
    expect(eventType(null, metadata)).toBeUndefined();
  });

  it('knows the types of state and events by name', () => {
    const projection = defineProjection<readonly string[], Events>({
      name: 'accounts',
      stream: '_all',
      initialState: [],
      on: {
        Opened: (state, event, metadata) => {
          expectTypeOf(state).toEqualTypeOf<readonly string[]>();
          expectTypeOf(event).toEqualTypeOf<Opened>();
          expectTypeOf(metadata.committedAt).toEqualTypeOf<number>();
          return [...state, event.account];
        },
        Closed: (state, { reason }) => [...state, reason],
      },
    });
    expectTypeOf(projection).toEqualTypeOf<Projection<readonly string[], Events>>();
    expectTypeOf(projection.initialState).toEqualTypeOf<readonly string[]>();
  });

  it('takes the types from the functions when none are given', () => {
    const projection = defineProjection({
      name: 'accounts',
      stream: '_all',
      initialState: { open: 0 },
      on: { Opened: (state, event: Opened) => ({ open: state.open + event.account.length }) },
    });
    expectTypeOf(projection.initialState).toEqualTypeOf<{ open: number }>();
  });

  it('refuses unknown event types and wrong states at compile time', () => {
    const given = { name: 'accounts', stream: '_all', initialState: 0 } as const;
    const wrong = [
      // @ts-expect-error: there is no such event type
      defineProjection<number, Events>({ ...given, on: { Opend: (count: number) => count } }),
      // @ts-expect-error: a state is a number
      defineProjection<number, Events>({ ...given, on: { Opened: () => 'one' } }),
      // @ts-expect-error: an evolve function does not wait
      defineProjection<number, Events>({ ...given, on: { Opened: (count) => Promise.resolve(count) } }),
    ];
    // The compiler ignores these errors and the calls run: only the types distinguish them from correct calls.
    expect(wrong).toHaveLength(3);
  });
});

describe('a definition', () => {
  const on = plain.on;
  it.each([
    ['is no object', 7, 'is 7, not an object'],
    ['is null', null, 'is null, not an object'],
    ['lacks a name', { ...plain, name: undefined }, 'has undefined as its name'],
    ['has a name that is no file name', { ...plain, name: 'a/b' }, 'has "a/b" as its name'],
    ['has a name like a version', { ...plain, name: 'a@2' }, 'has "a@2" as its name'],
    ['lacks a stream', { ...plain, stream: '' }, 'has "" as its stream'],
    ['reads two things', { ...plain, stream: { category: 'a', streams: ['b'] } }, 'has an object as its stream'],
    ['joins no stream', { ...plain, stream: { streams: [] } }, 'has an object as its stream'],
    ['has half a character in its stream', { ...plain, stream: '\ud800' }, 'as its stream'],
    ['lacks an initial state', { ...plain, initialState: undefined }, 'has no initialState'],
    ['has a function in its state', { ...plain, initialState: { get: () => 1 } }, 'that cannot be saved'],
    ['lacks functions', { ...plain, on: undefined }, 'has undefined as "on"'],
    ['has a list of functions', { ...plain, on: [] }, 'has an array as "on"'],
    ['has no function', { ...plain, on: {} }, 'has a function for no event type'],
    ['has text for a function', { ...plain, on: { ...on, Closed: 'x' } }, 'has "x" for "Closed"'],
    ['has half a version', { ...plain, version: 1.5 }, 'has 1.5 as its version'],
    ['has no version yet', { ...plain, version: 0 }, 'has 0 as its version'],
    ['names the property of the type', { ...plain, eventType: 'kind' }, 'has "kind" as its eventType'],
    ['has an unknown policy', { ...plain, onFailure: 'ignore' }, 'has "ignore" as its onFailure'],
    ['allows no attempt', { ...plain, attempts: 0 }, 'has 0 as its attempts'],
    ['has parts that nothing tells apart', { ...plain, parts: 2 }, 'has parts, but no partitionBy'],
    ['has no part', { ...plain, parts: 0, partitionBy: () => 1 }, 'has 0 as its parts'],
    ['names the property to divide by', { ...plain, parts: 2, partitionBy: 'id' }, 'has "id" as its partitionBy'],
    ['merges in an unknown way', { ...plain, merge: 'max' }, 'has "max" as its merge'],
    ['has a misspelt property', { ...plain, intialState: 0 }, 'has the property "intialState"'],
  ])('that %s is refused, with a hint', (_, definition, message) => {
    const define = (): unknown => defineProjection(definition as never);
    expect(define).toThrow(message);
    expect(define).toThrow(
      expect.objectContaining({ code: 'PROJECTION_INVALID', hint: expect.stringMatching(/^Give it /) as string }),
    );
  });
});

describe('consumerIdOf', () => {
  it('tells versions apart', () => {
    expect(consumerIdOf(defineProjection(plain))).toBe('accounts');
    expect(consumerIdOf(defineProjection({ ...plain, version: 2 }))).toBe('accounts@2');
  });
});
