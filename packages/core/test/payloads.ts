/** Payloads of all kinds that msgpackr writes, and the encoder that produces them for readers of records. */
import { Packr } from 'msgpackr';
import { packrOptions } from '../src/codec/msgpackr-codec.ts';

/** An encoder that passes its structures on to a reader. */
export class RecordEncoder {
  private readonly structures: string[][] = [];
  readonly packr: Packr;

  constructor(reader: { learn(structures: readonly (readonly string[])[]): void }) {
    this.packr = new Packr({
      ...packrOptions,
      maxSharedStructures: 8000,
      getStructures: () => this.structures.map((keys) => [...keys]),
      saveStructures: (structures) => {
        const all = structures as string[][];
        this.structures.push(...all.slice(this.structures.length).map((keys) => [...keys]));
        reader.learn(this.structures);
      },
    });
  }

  encode(value: unknown): Buffer {
    return Buffer.from(this.packr.pack(value));
  }
}

export function repeated<Value>(value: Value, times: number): Value[] {
  return Array.from({ length: times }, () => value);
}

/** Payloads that are decoded without msgpackr. */
export const plainPayloads: readonly [string, unknown][] = [
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

/** Payloads that are left to msgpackr. */
export const otherPayloads: readonly [string, unknown][] = [
  ['a map', { a: new Map([['b', 1]]) }],
  ['a set', { a: new Set([1]) }],
  ['a large integer', { a: 2n ** 63n }],
  ['bytes', { a: Buffer.from('abc') }],
  ['an early date', { a: new Date(-1) }],
  ['a late date', { a: new Date(2 ** 32 * 1000 + 5) }],
  ['a date that is none', { a: new Date(NaN) }],
  ['a pattern', { a: [1, { b: /c/u }] }],
  ['a list of 70,000', { a: repeated(1, 70_000) }],
];

/** Values whose first byte says how many more bytes they take, with one of those missing: the value extends past the end. */
export const cutValues: readonly (readonly [name: string, token: number, sizeBytes: number])[] = [
  ['a text of up to 255 bytes', 0xd9, 1],
  ['a text of up to 65,535 bytes', 0xda, 2],
  ['a longer text', 0xdb, 4],
  ['a long list', 0xdc, 2],
  ['a number with a fraction', 0xcb, 8],
  ['a positive number of 8 bits', 0xcc, 1],
  ['a positive number of 16 bits', 0xcd, 2],
  ['a positive number of 32 bits', 0xce, 4],
  ['a number of 8 bits', 0xd0, 1],
  ['a number of 16 bits', 0xd1, 2],
  ['a number of 32 bits', 0xd2, 4],
  ['undefined', 0xd4, 2],
  ['a date in seconds', 0xd6, 5],
  ['a date in nanoseconds', 0xd7, 9],
];
