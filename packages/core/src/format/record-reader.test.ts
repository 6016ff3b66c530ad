/** What is read without msgpackr must be what msgpackr reads: both are asked for the same payloads. */
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { packrOptions } from '../codec/msgpackr-codec.ts';
import { notRead, RecordReader } from './record-reader.ts';

/** An encoder, and a reader that knows its structures. */
class Pair {
  readonly reader = new RecordReader();
  private readonly structures: string[][] = [];
  readonly packr = new Packr({
    ...packrOptions,
    maxSharedStructures: 8000,
    getStructures: () => this.structures.map((keys) => [...keys]),
    saveStructures: (structures) => {
      const all = structures as string[][];
      this.structures.push(...all.slice(this.structures.length).map((keys) => [...keys]));
      this.reader.learn(this.structures);
    },
  });

  encode(value: unknown): Buffer {
    return Buffer.from(this.packr.pack(value));
  }

  read(value: unknown): unknown {
    const bytes = this.encode(value);
    return this.reader.read(bytes, 0, bytes.length);
  }
}

function repeated<Value>(value: Value, times: number): Value[] {
  return Array.from({ length: times }, () => value);
}

const read: readonly [string, unknown][] = [
  ['small numbers', { edges: [0, 1, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1] }],
  ['numbers below zero', { edges: [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31)] }],
  ['other numbers', { edges: [2 ** 32, -(2 ** 31) - 1, 0.1, 1e300, 5e-324, NaN, Infinity, -Infinity, 2 ** 53 - 1] }],
  ['what is no number', { a: null, b: true, c: false, d: undefined, e: [undefined] }],
  [
    'texts of every length',
    { texts: Array.from({ length: 80 }, (_, length) => 'abcdefghij'.repeat(8).slice(0, length)) },
  ],
  ['long texts', { texts: ['x'.repeat(255), 'x'.repeat(256), 'ü'.repeat(40_000), 'y'.repeat(70_000)] }],
  [
    'text from all planes',
    { texts: ['é', 'aé漢', '\u{1f600}', '\u{10ffff}', '\uffff\ue000', '\ufeffa', '\0\x7f\x80'] },
  ],
  ['halves of characters', { texts: ['\ud800', 'a\udc00b', '\udc00\ud800', `${'x'.repeat(100)}\ud800`] }],
  ['dates', { dates: [0, 1, 999, 1_700_000_000_123, (2 ** 32 - 1) * 1000].map((ms) => new Date(ms)) }],
  ['objects in lists in objects', { a: { b: [{ c: { d: [[], {}, [{ e: [] }]] } }] } }],
  ['a list of 20 and one of 300', { a: repeated(7, 20), b: repeated('seven', 300) }],
  ['keys of all kinds', { '': 0, 'a-b': 2, ö: 3, '"': 5, '\\': 6, '\n\u2028': 7, constructor: 8, 7: 9, __proto_: 10 }],
];

describe('a payload of', () => {
  it.each(read)('%s is read, the first time and when its shape is known', (_, value) => {
    const pair = new Pair();
    for (let time = 0; time < 10; time++) {
      const found = pair.read(value);
      const wanted = pair.packr.unpack(pair.encode(value)) as unknown;
      expect(isDeepStrictEqual(found, wanted)).toBe(true);
      expect(JSON.stringify(found)).toBe(JSON.stringify(wanted));
    }
  });

  it.each<[string, unknown]>([
    ['a map', { a: new Map([['b', 1]]) }],
    ['a set', { a: new Set([1]) }],
    ['a large integer', { a: 2n ** 63n }],
    ['bytes', { a: Buffer.from('abc') }],
    ['an early date', { a: new Date(-1) }],
    ['a late date', { a: new Date(2 ** 32 * 1000 + 5) }],
    ['a date that is none', { a: new Date(NaN) }],
    ['a pattern', { a: [1, { b: /c/u }] }],
    ['a list of 70,000', { a: repeated(1, 70_000) }],
  ])('%s is left to msgpackr', (_, value) => {
    expect(new Pair().read(value)).toBe(notRead);
  });
});

describe('structures', () => {
  it('are found by numbers of one and of two bytes', () => {
    const pair = new Pair();
    const values = Array.from({ length: 2500 }, (_, shape) => ({ [`key${shape}`]: { [`inner${shape % 9}`]: shape } }));
    for (const value of [...values, ...values]) expect(pair.read(value)).toEqual(value);
  });

  it('that are not known leave the payload to msgpackr', () => {
    const bytes = new Pair().encode({ a: 1 });
    expect(new RecordReader().read(bytes, 0, bytes.length)).toBe(notRead);
  });

  it('whose key would be the prototype leave the payload to msgpackr', () => {
    const reader = new RecordReader();
    reader.learn([['type', '__proto__']]);
    expect(reader.read(Uint8Array.of(0x40, 1, 2), 0, 3)).toBe(notRead);
  });
});

describe('bytes that are no payload', () => {
  it(`never give a value that msgpackr does not give (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    let [values, left] = [0, 0];
    for (let round = 0; round < 300; round++) {
      const pair = new Pair();
      const whole = pair.encode({ a: random.below(1000), b: ['text', { c: 'x'.repeat(random.below(40)) }], d: null });
      for (let time = 0; time < 20; time++) {
        const bytes = random.mutate(whole);
        pair.reader.learn([]);
        const found = pair.reader.read(bytes, 0, bytes.length);
        if (found === notRead) {
          left++;
          continue;
        }
        values++;
        expect(isDeepStrictEqual(found, pair.packr.unpack(bytes))).toBe(true);
      }
    }
    expect(Math.min(values, left)).toBeGreaterThan(500);
  });

  it('behind the end are not read, nor are those before the start', () => {
    const pair = new Pair();
    const value = { text: 'abc', number: 70_000, list: [1, 2, 3], at: new Date(5) };
    const bytes = pair.encode(value);
    for (let end = 0; end < bytes.length; end++) {
      pair.reader.learn([]);
      expect(pair.reader.read(Buffer.concat([bytes, bytes]), 0, end)).toBe(notRead);
    }
    pair.reader.learn([]);
    const block = Buffer.concat([Buffer.alloc(5, 0xa1), bytes, Buffer.alloc(5, 0xa1)]);
    expect(pair.reader.read(new Uint8Array(block), 5, 5 + bytes.length)).toEqual(value);
  });
});

describe('texts under a key', () => {
  it(`are what they are, whether they come again or not (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const pair = new Pair();
    const countries = ['Germany', 'Sweden', 'Österreich', '日本', '', 'a', 'b', 'Gormany', 'Germanz', 'x'.repeat(40)];
    for (let number = 0; number < 5000; number++) {
      // The texts of one key differ for a while, and come again later, and the other way round.
      const isEarly = number < 2500;
      const id = `${'id-'.repeat(random.below(8))}${number}`;
      const value = { a: random.pick(countries), b: isEarly ? id : 'same', c: isEarly ? 'same' : id, d: id };
      expect(pair.read(value)).toEqual(value);
    }
  });
});

describe('payloads that cannot be read', () => {
  it('are soon not even tried, until structures come or enough have passed', () => {
    const pair = new Pair();
    pair.encode({ a: 1 });
    const [map, plain] = [pair.encode({ a: new Map() }), pair.encode({ a: 1 })];
    for (let time = 0; time < 100; time++) expect(pair.reader.read(map, 0, map.length)).toBe(notRead);
    expect(pair.reader.read(plain, 0, plain.length)).toBe(notRead);
    const passed = Array.from({ length: 3000 }, () => pair.reader.read(plain, 0, plain.length));
    expect(passed.indexOf(notRead)).toBe(0);
    expect(passed.slice(-1000)).toEqual(repeated({ a: 1 }, 1000));
  });
});
