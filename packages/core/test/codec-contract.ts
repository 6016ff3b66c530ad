/** What every codec must do, whatever its implementation. */
import { describe, expect, it } from 'vitest';
import type { Codec } from '../src/codec/codec.ts';
import { RandomBytes, testSeed } from './random-bytes.ts';

/** The encoded bytes of a value, in a separate buffer. */
export function encodeAlone(codec: Codec, value: unknown): Buffer {
  codec.encode(value);
  const { bytes, start, end } = codec.encoded;
  return Buffer.from(bytes.subarray(start, end));
}

export function roundTrip(codec: Codec, value: unknown): unknown {
  const bytes = encodeAlone(codec, value);
  return codec.decode(bytes, 0, bytes.length);
}

/** What `action` throws; undefined when it does not throw. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

const plainValues: readonly [string, unknown][] = [
  ['an order', { type: 'OrderPlaced', quantity: 3, price: 12.5, express: true, note: null, tags: ['a', 'b'] }],
  ['no keys', {}],
  ['a list', [1, 'two', { three: 3 }, [4], []]],
  ['numbers', { edges: [0, 1, -1, 63, 64, 127, 128, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53 - 1, 1e300, 5e-324, 0.1] }],
  ['texts', { edges: ['', 'x'.repeat(31), 'x'.repeat(32), 'ö'.repeat(300), 'x'.repeat(70_000), '\0\u2028\ufeff'] }],
  ['text from all planes', { texts: ['aé漢', '\u{1f600}', '\u{10ffff}', '\u{20000}\u{e0001}', '\uffff\ue000'] }],
  ['objects in objects', { a: { b: { c: { d: [{ e: { f: 1 } }] } } } }],
  ['keys that objects have anyway', { constructor: 'c', prototype: 1, toString: 2, valueOf: 3, hasOwnProperty: 4 }],
  ['keys that are numbers', { 7: 'seven', 3: 'three', '-1': 'minus one', '01': 'one' }],
  ['keys of all kinds', { '': 0, ' ': 1, 'a-b': 2, ö: 3, '\u{1f600}': 4, '"': 5, '\\': 6, '\n': 7 }],
];

export function describeCodecContract(name: string, create: () => Codec): void {
  describe(`the codec ${name}, like every codec,`, () => {
    it.each(plainValues)('keeps %s', (_, value) => {
      expect(roundTrip(create(), value)).toEqual(value);
    });

    it('decodes from the middle of other bytes', () => {
      const codec = create();
      const bytes = encodeAlone(codec, { a: 1, b: 'two' });
      const block = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(5, 0xff)]);
      expect(codec.decode(block, 5, 5 + bytes.length)).toEqual({ a: 1, b: 'two' });
    });

    it('decodes from bytes that are no Buffer, and that begin in the middle of their memory', () => {
      const codec = create();
      const bytes = encodeAlone(codec, { a: 1, b: 'two' });
      const memory = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(9, 0xff)]);
      const view = new Uint8Array(memory.buffer, memory.byteOffset + 3, bytes.length + 8);
      expect(codec.decode(view, 4, 4 + bytes.length)).toEqual({ a: 1, b: 'two' });
    });

    it('gives the same bytes for the same values', () => {
      const [first, second] = [create(), create()];
      for (const [, value] of plainValues) expect(encodeAlone(first, value)).toEqual(encodeAlone(second, value));
    });

    it('goes on after a value that it refuses', () => {
      const codec = create();
      const cycle: Record<string, unknown> = { shape: 'new' };
      cycle.self = cycle;
      expect(() => codec.encode(cycle)).toThrow();
      const thrower = {
        other: 'shape',
        get broken(): unknown {
          throw new Error('no value');
        },
      };
      expect(() => codec.encode(thrower)).toThrow('no value');
      expect(roundTrip(codec, { other: 'shape', shape: 'new' })).toEqual({ other: 'shape', shape: 'new' });
    });

    it('never lets keys reach the prototype of all objects', () => {
      const codec = create();
      const hostile = [
        '{"__proto__": {"polluted": 1}}',
        '{"constructor": {"prototype": {"polluted": 1}}}',
        '{"a": {"__proto__": {"polluted": 1}, "toString": 1}}',
      ].map((json) => JSON.parse(json) as unknown);
      for (const value of hostile) {
        const thrown = thrownBy(() => {
          expect(Object.getPrototypeOf(roundTrip(codec, value))).toBe(Object.prototype);
        });
        expect(thrown ?? new TypeError()).toBeInstanceOf(TypeError);
        expect({}).not.toHaveProperty('polluted');
      }
    });

    it(`throws errors, or gives values, for hostile bytes, and goes on (seed ${testSeed})`, () => {
      const random = new RandomBytes(testSeed);
      const codec = create();
      const good = plainValues.map(([, value]) => encodeAlone(codec, value)).filter((bytes) => bytes.length < 500);
      const builtIn = Reflect.ownKeys(Object.prototype);
      const thrown: unknown[] = [];
      for (let round = 0; round < 3000; round++) {
        const bytes = random.pick([random.mutate(random.pick(good)), random.bytes(random.below(60))]);
        thrown.push(thrownBy(() => codec.decode(bytes, 0, bytes.length)));
      }
      const refused = thrown.filter((error) => error !== undefined);
      expect(refused.every((error) => error instanceof Error)).toBe(true);
      expect(refused.length).toBeGreaterThan(100);
      expect(Reflect.ownKeys(Object.prototype)).toEqual(builtIn);
      for (const [, value] of plainValues) expect(roundTrip(codec, value)).toEqual(value);
    });
  });
}
