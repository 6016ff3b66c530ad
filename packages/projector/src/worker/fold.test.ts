import type { EventMetadata } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { defineProjection, type Evolve } from '../projection/projection.ts';
import { foldOf } from './fold.ts';

const metadata = { position: 41 } as EventMetadata;

/** A fold over a state that this object holds. */
function folding(on: Record<string, Evolve<unknown, never>>, eventType?: () => string) {
  const definition = { name: 'p', stream: '_all', initialState: 0 as unknown, on };
  const projection = defineProjection(eventType === undefined ? definition : { ...definition, eventType });
  const consumer = {
    state: 0 as unknown,
    setState(next: unknown) {
      this.state = next;
    },
  };
  const handle = foldOf(projection as never, consumer);
  return {
    handle: (event: unknown) => handle(event, metadata),
    get state() {
      return consumer.state;
    },
  };
}

describe('foldOf', () => {
  it('sets what the function for the type returns', () => {
    const fold = folding({ Added: (sum, { by }: { by: number }) => (sum as number) + by });
    fold.handle({ type: 'Added', by: 2 });
    fold.handle({ type: 'Added', by: 3 });
    expect(fold.state).toBe(5);
  });

  it('skips types that it has no function for', () => {
    const fold = folding({ Added: () => 1 });
    for (const event of [{ type: 'constructor' }, { type: 'Removed' }, {}, null, 'text']) fold.handle(event);
    expect(fold.state).toBe(0);
  });

  it('asks the accessor for the type', () => {
    const fold = folding({ Added: () => 1 }, () => 'Added');
    fold.handle({ kind: 'whatever' });
    expect(fold.state).toBe(1);
  });

  it.each([
    ['throws', () => JSON.parse('{') as unknown, 'JSON'],
    ['returns nothing', () => undefined, 'it returned nothing'],
    ['returns a promise', () => Promise.reject(new Error('late')), 'it returned a promise'],
    ['returns a function', () => () => 1, 'it returned a function'],
  ])('tells position and type when the function %s', (_, evolve, message) => {
    const fold = folding({ Added: evolve });
    const handle = (): unknown => fold.handle({ type: 'Added' });
    expect(handle).toThrow(message);
    expect(handle).toThrow(expect.objectContaining({ position: 41, eventType: 'Added' }));
    expect(fold.state).toBe(0);
  });

  it('tells the position when the accessor throws', () => {
    const fold = folding({ Added: () => 1 }, () => {
      throw new Error('no type');
    });
    expect(() => fold.handle({})).toThrow(expect.objectContaining({ position: 41, eventType: undefined }));
  });
});
