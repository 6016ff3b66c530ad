import { isDeepStrictEqual } from 'node:util';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { describeCodecContract, encodeAlone, roundTrip } from '../../test/codec-contract.ts';
import { MemoryStructures } from '../../test/memory-structures.ts';
import { MsgpackrCodec } from './msgpackr-codec.ts';
import { maxNesting } from './nesting.ts';

function create(structures = new MemoryStructures()): MsgpackrCodec {
  return new MsgpackrCodec(structures);
}

describeCodecContract('msgpackr', create);

describe('msgpackr keeps, beyond JSON,', () => {
  it.each<[string, unknown]>([
    ['undefined', { a: undefined, b: [undefined, null] }],
    ['numbers that are none', { a: NaN, b: Infinity, c: -Infinity }],
    ['dates', [0, 1, -1, 999, 2 ** 32 * 1000, 1_700_000_000_123, 8.64e15, -8.64e15].map((time) => new Date(time))],
    ['a date that is none', { at: new Date(NaN) }],
    [
      'maps',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { b: 3 }],
        [{ key: 1 }, new Map()],
        ['__proto__', 4],
      ]),
    ],
    ['sets', new Set<unknown>([1, 'a', { b: 2 }, new Set([3])])],
    ['large integers', [0n, -1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 64n), 7n ** 400n, -(7n ** 400n)]],
    ['buffers', { a: Buffer.from('abc'), b: Buffer.alloc(0), c: Buffer.alloc(300, 7), d: Buffer.alloc(70_000, 8) }],
    ['bytes', { a: Uint8Array.of(1, 2, 255), b: new Uint8Array(0) }],
    ['typed arrays', [Int32Array.of(1, -2), Float64Array.of(1.5, NaN), BigInt64Array.of(-1n), Uint16Array.of(65_535)]],
    ['memory', { a: Uint8Array.of(1, 2, 3).buffer }],
    ['patterns', { a: /a\/b/giu, b: /^$/ }],
    ['errors', { a: new RangeError('too far', { cause: { why: 'asked' } }) }],
  ])('%s', (_, value) => {
    const decoded = roundTrip(create(), value);
    expect(isDeepStrictEqual(decoded, value)).toBe(true);
  });
});

describe('bytes in an event', () => {
  const value = { buffer: Buffer.from('abc'), bytes: Uint8Array.of(1, 2, 3) };

  it('are a copy: what they were read from may be overwritten', () => {
    const codec = create();
    const source = encodeAlone(codec, value);
    const decoded = codec.decode(source, 0, source.length);
    source.fill(0xff);
    expect(decoded).toEqual(value);
  });

  it('are of the same type whatever they were read from, also when structures had to be loaded on the way', () => {
    const structures = new MemoryStructures();
    const source = encodeAlone(create(structures), value);
    for (const from of [source, new Uint8Array(source)]) {
      const reader = create(structures);
      for (let time = 0; time < 2; time++) {
        expect(isDeepStrictEqual(reader.decode(from, 0, from.length), value)).toBe(true);
      }
    }
  });
});

describe('what was encoded', () => {
  // All users of msgpackr in a process share one buffer. A partitioner that used msgpackr as well overwrote the event
  // that it was called for, after the event was encoded and before it was in a frame.
  it('stays what it was while others in this process use msgpackr', () => {
    const codec = create();
    codec.encode({ shape: 'known', text: 'x'.repeat(50) });
    codec.encode({ shape: 'known', text: 'y'.repeat(50) });
    const { bytes, start, end } = codec.encoded;
    const before = Buffer.from(bytes.subarray(start, end));
    for (let round = 0; round < 1000; round++) pack({ other: 'z'.repeat(100) });
    expect(Buffer.from(bytes.subarray(start, end))).toEqual(before);
  });
});

describe('structures', () => {
  it('are shared: an event of a known shape does not carry its keys', () => {
    const structures = new MemoryStructures();
    const codec = create(structures);
    const first = encodeAlone(codec, { orderId: 1, customer: { name: 'a' } });
    expect(structures.all).toEqual([['orderId', 'customer'], ['name']]);
    expect(encodeAlone(codec, { orderId: 1, customer: { name: 'a' } })).toEqual(first);
    expect(first.includes('orderId')).toBe(false);
  });

  it('are referred to as docs/format.md says', () => {
    const codec = create();
    const hex = (shape: number): string => encodeAlone(codec, { [`key${shape}`]: 0 }).toString('hex');
    for (let shape = 0; shape < 8000; shape++) hex(shape);
    expect([0, 1, 31].map(hex)).toEqual(['4000', '4100', '5f00']);
    expect([32, 33, 63, 64, 7999].map(hex)).toEqual(['600000', '610000', '7f0000', '600100', '7ff800']);
    // 8000 and its keys: a record that includes its structure.
    expect(hex(8000)).toBe(`d57260f991a7${Buffer.from('key8000').toString('hex')}00`);
  });

  it('are found by another process, as they come', () => {
    const structures = new MemoryStructures();
    const [writer, reader] = [create(structures), create(structures)];
    for (let shape = 0; shape < 300; shape++) {
      const value = { [`key${shape}`]: shape, shared: { [`inner${shape % 7}`]: 'x' } };
      const bytes = encodeAlone(writer, value);
      expect(reader.decode(bytes, 0, bytes.length)).toEqual(value);
    }
    expect(structures.all).toHaveLength(307);
  });

  it('are kept by a writer that begins anew', () => {
    const structures = new MemoryStructures();
    const before = encodeAlone(create(structures), { a: 1, b: 2 });
    const later = create(structures);
    expect(encodeAlone(later, { a: 1, b: 2 })).toEqual(before);
    encodeAlone(later, { c: 3 });
    expect(structures.all).toEqual([['a', 'b'], ['c']]);
    expect(later.decode(before, 0, before.length)).toEqual({ a: 1, b: 2 });
  });

  it('may be more than can be shared: further ones travel with their events', () => {
    const structures = new MemoryStructures();
    const writer = create(structures);
    const events = Array.from({ length: 8200 }, (_, shape) => ({ [`key${shape}`]: { [`inner${shape}`]: shape } }));
    const encoded = events.map((event) => encodeAlone(writer, event));
    expect(structures.all).toHaveLength(8000);
    const reader = create(structures);
    for (const [index, bytes] of encoded.entries()) {
      expect(reader.decode(bytes, 0, bytes.length)).toEqual(events[index]);
    }
    expect(reader.decode(encoded[0]!, 0, encoded[0]!.length)).toEqual(events[0]);
    expect(structures.all).toHaveLength(8000);
  });

  it.each<[string, object]>([
    ['an object without keys', {}],
    ['an object in an object', { a: {} }],
    ['an object with keys', { a: { b: 1 }, c: [{}] }],
  ])('that are missing make %s an error, never another value', (_, value) => {
    const bytes = encodeAlone(create(), value);
    const reader = create(new MemoryStructures());
    expect(() => reader.decode(bytes, 0, bytes.length)).toThrow();
  });

  it('are looked for once when they are missing, and found when they came', () => {
    const structures = new MemoryStructures();
    const bytes = encodeAlone(create(structures), { a: {} });
    const known = structures.all.splice(0);
    const reader = create(structures);
    expect(() => reader.decode(bytes, 0, bytes.length)).toThrow();
    structures.all.push(...known);
    expect(reader.decode(bytes, 0, bytes.length)).toEqual({ a: {} });
  });
});

describe('what could not be read back is refused', () => {
  it.each(['{"__proto__": 1}', '{"a": [{"b": 2, "__proto__": {"c": 3}}]}'])('the key __proto__ in %s', (json) => {
    const structures = new MemoryStructures();
    const codec = create(structures);
    for (let time = 0; time < 2; time++) {
      expect(() => codec.encode(JSON.parse(json))).toThrow('"__proto__"');
    }
    expect(structures.all.flat()).not.toContain('__proto__');
    expect(roundTrip(codec, { a: [{ b: 2 }] })).toEqual({ a: [{ b: 2 }] });
  });

  it('the key __proto__ also when no more structures can be shared, but not the text', () => {
    const codec = create();
    for (let shape = 0; shape < 8001; shape++) codec.encode({ [`key${shape}`]: 0 });
    const value = JSON.parse('{"new": {"__proto__": 1}}') as unknown;
    expect(() => codec.encode(value)).toThrow('"__proto__"');
    expect(() => codec.encode({ inMap: new Map([['k', [value]]]) })).toThrow('"__proto__"');
    expect(roundTrip(codec, { new: '__proto__' })).toEqual({ new: '__proto__' });
  });

  it.each([
    ['without a base', Object.create(null)],
    ['and a key of the name hasOwnProperty', { hasOwnProperty: 1 }],
  ] as const)('keys that are inherited from an object %s', (_, extra) => {
    const base = Object.assign(Object.create(null) as object, { inherited: 1 });
    const value: object = Object.assign(Object.create(base) as object, { own: 2 }, extra as object);
    const codec = create();
    for (let time = 0; time < 2; time++) {
      expect(() => codec.encode({ deep: [value], more: 1 })).toThrow();
      expect(roundTrip(codec, { own: 3 })).toEqual({ own: 3 });
      expect(roundTrip(codec, {})).toEqual({});
    }
  });

  it('an object that denies its own keys', () => {
    const codec = create();
    expect(() => codec.encode({ hasOwnProperty: () => false, a: 1 })).toThrow();
    expect(roundTrip(codec, {})).toEqual({});
    expect(roundTrip(codec, { a: 1 })).toEqual({ a: 1 });
  });

  /** A writer that has run for a while encodes deeper nesting than a process that has just started can read. */
  it('what is nested too deep', () => {
    const codec = create();
    const nest = (levels: number): unknown =>
      Array.from({ length: levels }).reduce((inner: unknown) => ({ inner }), null);
    expect(roundTrip(codec, nest(maxNesting))).toEqual(nest(maxNesting));
    expect(() => codec.encode(nest(maxNesting + 1))).toThrow('nested');
    expect(() => codec.encode(nest(2500))).toThrow(Error);
    expect(roundTrip(codec, nest(3))).toEqual(nest(3));
  });

  it('symbols, and objects that contain themselves', () => {
    const codec = create();
    expect(() => codec.encode({ a: Symbol('s') })).toThrow('symbol');
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    expect(() => codec.encode({ cycle })).toThrow(RangeError);
  });
});
