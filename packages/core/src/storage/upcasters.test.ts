import { describe, expect, it } from 'vitest';
import { toPosition, toStreamVersion } from '../position.ts';
import type { EventMetadata } from './event-metadata.ts';
import { areUpcasters, UpcasterChains } from './upcasters.ts';

const chains = new UpcasterChains({
  OrderPlaced: [
    (event) => ({ ...event, currency: 'EUR' }),
    (event: { currency?: string }) => ({ ...event, currency: [event.currency] }),
  ],
  OrderPaid: [(event) => ({ ...event, by: 'card' })],
  Unchanged: [],
});

function metadataOf(more: object): EventMetadata {
  return {
    commitId: 'c',
    committedAt: 1,
    committedAtUs: 1000,
    commitVersion: 0,
    commitSize: 1,
    stream: 'orders',
    streamVersion: toStreamVersion(1),
    position: toPosition(9),
    ...more,
  };
}

describe('UpcasterChains', () => {
  it('takes an event of which nothing is said through all versions, in order', () => {
    expect(chains.apply({ type: 'OrderPlaced' }, metadataOf({}))).toEqual({ type: 'OrderPlaced', currency: ['EUR'] });
  });

  it('begins at the version that the event was committed with', () => {
    const event = { type: 'OrderPlaced', currency: 'USD' };
    const ofVersion = (version: number): unknown =>
      chains.apply({ ...event }, metadataOf({ eventVersions: { OrderPlaced: version } }));
    expect(ofVersion(2)).toEqual({ type: 'OrderPlaced', currency: ['USD'] });
    expect(ofVersion(3)).toEqual(event);
  });

  it('stamps a commit with the versions of those of its types that have upcasters', () => {
    const events = [{ type: 'OrderPlaced' }, { type: 'OrderPaid' }, { type: 'Other' }, { type: 'Unchanged' }, 7];
    expect(chains.stamp(events, undefined)).toEqual({ eventVersions: { OrderPlaced: 3, OrderPaid: 2 } });
    expect(chains.stamp([{ type: 'Other' }, { type: 'Unchanged' }], undefined)).toBeUndefined();
  });

  it('lets the caller say that events are of an older version', () => {
    const metadata = { user: 'u', eventVersions: { OrderPlaced: 1 } };
    expect(chains.stamp([{ type: 'OrderPlaced' }], metadata)).toEqual(metadata);
  });

  it.each([4, 0, 1.5, 'two'])('refuses the version %s, which no upcaster begins with', (version) => {
    expect(() =>
      chains.apply({ type: 'OrderPlaced' }, metadataOf({ eventVersions: { OrderPlaced: version } })),
    ).toThrow(expect.objectContaining({ code: 'UPCAST', position: 9, stream: 'orders' }));
  });

  it.each([
    ['throws', () => JSON.parse('{') as object],
    ['returns nothing', () => undefined as never],
    ['returns a promise', () => Promise.resolve({})],
  ])('names position, type and version where an upcaster %s', (_, upcaster) => {
    const failing = new UpcasterChains({ A: [(event) => event, upcaster] });
    expect(() => failing.apply({ type: 'A' }, metadataOf({}))).toThrow(
      expect.objectContaining({
        code: 'UPCAST',
        position: 9,
        place: { type: 'A', version: 2, position: 9, stream: 'orders' },
      }),
    );
  });

  it('knows which events it concerns', () => {
    expect(chains.concerns({ type: 'OrderPlaced' })).toBe(true);
    for (const event of [{ type: 'Unchanged' }, { type: 'constructor' }, { type: 1 }, {}, null, 'OrderPlaced']) {
      expect(chains.concerns(event)).toBe(false);
    }
  });

  it('is not there where there is nothing to do', () => {
    expect(UpcasterChains.of(undefined)).toBeUndefined();
    expect(UpcasterChains.of({ Unchanged: [] })).toBeUndefined();
    expect(UpcasterChains.of({ A: [(event) => event] })).toBeInstanceOf(UpcasterChains);
  });

  it('tells upcasters from other things', () => {
    expect(areUpcasters({ A: [], B: [(event: object) => event] })).toBe(true);
    for (const value of [null, [], { A: (event: object) => event }, { A: [1] }]) {
      expect(areUpcasters(value)).toBe(false);
    }
  });
});
