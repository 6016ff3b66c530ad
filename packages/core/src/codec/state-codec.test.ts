import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/codec-contract.ts';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { StateCodec } from './state-codec.ts';

const state = {
  count: 7,
  byName: new Map([['ö', { total: 1n << 70n }]]),
  seen: new Set([1, 2]),
  last: new Date(5),
  bytes: Buffer.from('abc'),
  raw: Uint8Array.of(1, 2),
  none: undefined,
};

describe('a state', () => {
  it.each([state, {}, [], null, 0, '', undefined, [state, state], { a: { b: {} } }])('keeps %j', (value) => {
    const bytes = new StateCodec().encode(value);
    for (const from of [bytes, new Uint8Array(bytes)]) {
      expect(isDeepStrictEqual(new StateCodec().decode(from), value)).toBe(true);
    }
  });

  it('keeps many shapes at once', () => {
    const shapes = Array.from({ length: 500 }, (_, index) => ({ [`key${index}`]: index, [`other${index % 9}`]: {} }));
    expect(new StateCodec().decode(new StateCodec().encode(shapes))).toEqual(shapes);
  });

  it('has bytes of its own', () => {
    const encoded = new StateCodec().encode(state);
    const decoded = new StateCodec().decode(encoded);
    encoded.fill(0xff);
    expect(decoded).toEqual(state);
  });

  it('may have any key but __proto__, also one that comes from an event', () => {
    const counts = (key: string): object => ({ counts: { ['other']: 1, [key]: 2 } });
    const codec = new StateCodec();
    expect(() => codec.encode(counts('__proto__'))).toThrow('"__proto__"');
    expect(codec.decode(codec.encode(counts('constructor')))).toEqual(counts('constructor'));
    expect(codec.decode(codec.encode({ name: '__proto__' }))).toEqual({ name: '__proto__' });
  });

  it('is refused when it is nested too deep to be surely read', () => {
    let nested: unknown = null;
    for (let level = 0; level < 1001; level++) nested = [nested];
    expect(() => new StateCodec().encode(nested)).toThrow('nested');
  });

  it('is refused when it has a symbol, or contains itself', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => new StateCodec().encode({ a: Symbol('s') })).toThrow('symbol');
    expect(() => new StateCodec().encode(cycle)).toThrow(RangeError);
  });

  it(`is an error, or a value, when its bytes are hostile (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const codec = new StateCodec();
    const good = Buffer.from(codec.encode(state));
    const refused = Array.from({ length: 3000 }, () =>
      random.pick([random.mutate(good), random.bytes(random.below(60))]),
    )
      .map((bytes) => thrownBy(() => codec.decode(bytes)))
      .filter((error) => error !== undefined);
    expect(refused.every((error) => error instanceof Error)).toBe(true);
    expect(refused.length).toBeGreaterThan(100);
    expect(codec.decode(good)).toEqual(state);
  });
});
