/** Compares the table of docs/serialization.md with what the codecs do. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { roundTrip } from '../../test/codec-contract.ts';
import { DocPage } from '../../test/doc-page.ts';
import { MemoryStructures } from '../../test/memory-structures.ts';
import type { Codec } from './codec.ts';
import { JsonCodec } from './json-codec.ts';
import { MsgpackrCodec } from './msgpackr-codec.ts';

class Point {
  readonly x = 1;
}

class Money {
  toJSON(): string {
    return '7 EUR';
  }
}

class NamedMap extends Map<string, number> {}
class NamedArray extends Array<number> {}

function nested(levels: number): unknown {
  return Array.from({ length: levels }).reduce((inner: unknown) => ({ inner }), 1);
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

/** By the first column of the table. */
const values: Readonly<Record<string, unknown>> = {
  'objects, lists, texts, booleans, null': { a: [{ b: 'ö\u{1f600}' }, true, false, null, [], {}] },
  numbers: { list: [0, -1, 0.1, 2 ** 31, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE] },
  '-0': { zero: -0 },
  'NaN and Infinity': { list: [NaN, Infinity, -Infinity] },
  'large integers (BigInt)': { list: [1n, -1n, 2n ** 64n, -(3n ** 200n)] },
  'undefined as a value': { a: undefined, b: [undefined] },
  Date: { at: new Date(1_700_000_000_123) },
  'invalid Date': { at: new Date(NaN) },
  Map: {
    map: new Map<unknown, unknown>([
      ['a', 1],
      [{}, 2],
    ]),
  },
  Set: { set: new Set([1, {}]) },
  Buffer: { bytes: Buffer.from('abc') },
  'Uint8Array and other typed arrays': { list: [Uint8Array.of(1), Float64Array.of(0.5), Int32Array.of(-1)] },
  'ArrayBuffer and DataView': { a: Uint8Array.of(1, 2).buffer, b: new DataView(Uint8Array.of(3).buffer) },
  RegExp: { pattern: /a+/giu },
  Error: { error: new TypeError('no', { cause: { code: 7 } }) },
  'fields of an Error': { error: Object.assign(new Error('no'), { code: 'E7' }) },
  AggregateError: { error: new AggregateError([new Error('one')], 'several') },
  'instance of a class': { point: new Point() },
  'instance with toJSON': { price: new Money() },
  'plain object with toJSON': { price: { cents: 700, toJSON: () => '7 EUR' } },
  'instance of a class made from Map': { map: new NamedMap([['a', 1]]) },
  'instance of a class made from Array': { list: NamedArray.from([1, 2]) },
  'object without a prototype': { bare: Object.assign(Object.create(null) as object, { a: 1 }) },
  getter: {
    get now() {
      return 1;
    },
  },
  'key that is a symbol': { [Symbol('key')]: 1, b: 2 },
  'symbol as a value': { symbol: Symbol('value') },
  function: { call: () => 1 },
  'list with gaps': { list: Object.assign(Array.from({ length: 0 }), { 0: 1, 2: 3 }) },
  'Promise, WeakMap': { promise: Promise.resolve(1), map: new WeakMap() },
  'half of a character (lone surrogate)': { text: 'a\ud800b', long: `${'x'.repeat(100)}\udc00` },
  'half of a character in a key': { 'a\ud800b': 1 },
  'key constructor, prototype and such': { constructor: 1, prototype: 2, toString: 3, hasOwnProperty: 4 },
  'key __proto__': JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as unknown,
  'object that contains itself': { cycle },
  'nested 1,000 levels deep': nested(1000),
  'nested 1,001 levels deep': nested(1001),
};

const codecs: Readonly<Record<string, Codec>> = {
  msgpackr: new MsgpackrCodec(new MemoryStructures()),
  json: new JsonCodec(),
};

function outcome(codec: Codec, value: unknown): string {
  try {
    const decoded = roundTrip(codec, value);
    return isDeepStrictEqual(decoded, value) && hasSameAccess(decoded, value) ? 'kept' : 'changed';
  } catch {
    return 'refused';
  }
}

/** A getter that has become a value is a change that deep equality does not see. */
function hasSameAccess(left: unknown, right: unknown): boolean {
  const accessors = (value: unknown): string[] =>
    Object.entries(Object.getOwnPropertyDescriptors(value as object))
      .filter(([, descriptor]) => descriptor.get !== undefined)
      .map(([key]) => key);
  return isDeepStrictEqual(accessors(left), accessors(right));
}

const rows = new DocPage('serialization.md').table('What comes back');

describe('docs/serialization.md', () => {
  it('has a row for each value that is tried here, and no others', () => {
    expect(rows.map((row) => row.value)).toEqual(Object.keys(values));
  });

  it.each(
    rows.flatMap(({ value, ...row }) => Object.keys(codecs).map((codec) => ({ value, codec, says: row[codec]! }))),
  )('says of $value in $codec: $says', ({ value, codec, says }) => {
    expect(/^(kept|changed|refused)/.exec(says)?.[0]).toBe(outcome(codecs[codec]!, values[value!]));
  });
});
