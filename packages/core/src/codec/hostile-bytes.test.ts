/**
 * Payloads that nobody committed, as somebody with access to the files could put them there, with matching checksums: they are
 * refused or decode to some value, and never reach the prototype of an object, take memory beyond their size, or go on forever.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { testSeed } from '../../test/random-bytes.ts';
import { SeededRandom } from '../testing/index.ts';
import { JsonCodec } from './json-codec.ts';
import { MsgpackrCodec } from './msgpackr-codec.ts';
import { StateCodec } from './state-codec.ts';

const keys = [['type', 'n'], ['__proto__', 'polluted'], ['constructor']];

/** Decoders of events, whose structures are in the catalog, and of states. */
const decoders = {
  events: (bytes: Uint8Array) => {
    return new MsgpackrCodec({ load: () => keys, add: () => undefined }).decode(bytes, 0, bytes.length);
  },
  states: (bytes: Uint8Array) => new StateCodec().decode(bytes),
};

afterEach(() => {
  const reached = [...Object.keys(Object.prototype), ...Object.keys(Map.prototype), ...Object.keys(Array.prototype)];
  if (reached.length > 0) throw new Error(`Prototypes were given ${reached.join()}`);
});

function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

function repeated(digits: string, times: number): Buffer {
  return hex(digits.repeat(times));
}

const refused: readonly [what: string, bytes: Buffer][] = [
  ['an array of 4 billion', hex('dd ffffffff 01')],
  ['arrays of 32 million in each other', repeated('dd01ffffff', 2000)],
  ['arrays of 65,535 in each other', repeated('dcffff', 20_000)],
  ['a map of 4 billion', hex('df ffffffff 01 02')],
  ['maps in each other', repeated('dfffffffff01', 2000)],
  ['a text of 4 GB', hex('db ffffffff 61')],
  ['bytes of 4 GB', hex('c6 ffffffff 61')],
  ['an extension of 4 GB', hex('c9 ffffffff 74 00')],
  ['200,000 arrays in each other', repeated('91', 200_000)],
  ['200,000 maps in each other', repeated('8101', 200_000)],
  ['200,000 Sets in each other', repeated('d4730091', 200_000)],
  ['a value that contains itself', hex('d6 69 00000001 91 d6 70 00000001')],
  // Each level holds the one before it twice: 2^40 values when it is serialized.
  [
    'a value that is shared again and again',
    Buffer.concat([
      hex('dc0028'),
      ...Array.from({ length: 40 }, (_, level) => {
        const pointer = level === 0 ? '0101' : `d670${String(level).padStart(8, '0')}`.repeat(2);
        return hex(`d669${String(level + 1).padStart(8, '0')}92${pointer}`);
      }),
    ]),
  ],
  ['nothing', Buffer.alloc(0)],
  ['an extension of nobody', hex('d4 21 00')],
];

describe.each(Object.entries(decoders))('hostile bytes for %s', (_name, decode) => {
  it.each(refused)('are refused: %s', (_what, bytes) => {
    const before = process.memoryUsage();
    expect(() => decode(bytes)).toThrow(Error);
    const after = process.memoryUsage();
    expect(after.heapTotal + after.external - before.heapTotal - before.external).toBeLessThan(300_000_000);
  });

  it.each([
    ['a map', hex('81 a9 5f5f70726f746f5f5f 81 a8 706f6c6c75746564 01')],
    ['a record with keys of its own', hex('d5 72 40 00 92 a9 5f5f70726f746f5f5f a8 706f6c6c75746564 81 a1 61 01 02')],
    ['a record with keys from the catalog', hex('41 81 a8 706f6c6c75746564 01 02')],
  ])('never reach a prototype: %s', (_what, bytes) => {
    let value: unknown;
    try {
      value = decode(bytes);
    } catch {
      return;
    }
    const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null;
    expect([Object.prototype, Map.prototype, null].some((known) => known === prototype)).toBe(true);
    expect((value as Record<string, unknown>)['a']).toBeUndefined();
  });

  it(`end in a value or an error, whatever they are (seed ${testSeed})`, () => {
    const random = new SeededRandom(testSeed);
    const good = new StateCodec().encode({
      list: [1, 'two', { three: 3n }],
      when: new Date(0),
      set: new Set([1]),
      map: new Map([[1, { a: 1 }]]),
      bytes: Buffer.from('abc'),
      error: new RangeError('x'),
      pattern: /a/g,
    });
    let decoded = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(good);
      for (let left = random.between(1, 6); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
      try {
        // Not cut off in half of the rounds: most values that are cut off are refused.
        decode(bytes.subarray(0, random.between(0, 1) === 0 ? bytes.length : random.between(1, bytes.length)));
        decoded++;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
      }
    }
    expect(decoded).toBeGreaterThan(50);
  });
});

describe('hostile JSON', () => {
  it('keeps the key __proto__ to the object that has it', () => {
    const text = Buffer.from('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const value = new JsonCodec().decode(text, 0, text.length) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf({ ...value })).toBe(Object.prototype);
  });

  it('may be nested as deep as it likes', () => {
    const text = Buffer.from('['.repeat(1_000_000));
    expect(() => new JsonCodec().decode(text, 0, text.length)).toThrow(Error);
  });
});
