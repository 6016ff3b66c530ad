/** The JSON made from bytes must equal that made from the decoded payload. */
import { describe, expect, it } from 'vitest';
import { cutValues, otherPayloads, plainPayloads, RecordEncoder } from '../../test/payloads.ts';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { jsonTextOf } from '../codec/json-text.ts';
import { RecordJson } from './record-json.ts';

class Pair {
  readonly json = new RecordJson();
  private readonly encoder = new RecordEncoder(this.json);

  encode(value: unknown): Buffer {
    return this.encoder.encode(value);
  }

  /** The JSON of these bytes, made directly and through a decoded payload. */
  both(bytes: Uint8Array): { readonly direct: string | undefined; readonly decoded: string } {
    const direct = this.json.write(bytes, 0, bytes.length);
    const decoded = jsonTextOf(this.encoder.packr.unpack(bytes));
    return { direct: direct === undefined ? undefined : Buffer.from(direct).toString(), decoded };
  }
}

describe('the JSON of', () => {
  it.each(plainPayloads)('%s is that of the decoded payload', (_, value) => {
    const pair = new Pair();
    for (const each of [value, [value, value], value]) {
      const { direct, decoded } = pair.both(pair.encode(each));
      expect(direct).toBe(decoded);
    }
  });

  it.each(otherPayloads)('%s is left to others', (_, value) => {
    const pair = new Pair();
    expect(pair.both(pair.encode(value)).direct).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['every letter', Array.from({ length: 300 }, (_, code) => String.fromCharCode(code))],
    ['every letter in the middle', Array.from({ length: 300 }, (_, code) => `abc${String.fromCharCode(code)}defgh`)],
    [
      'every letter next to others',
      Array.from({ length: 130 }, (_, code) => `${String.fromCharCode(code, code + 1)}!!`),
    ],
    ['numbers around the powers of ten', Array.from({ length: 17 }, (_, power) => [10 ** power - 1, 10 ** power])],
    ['numbers below zero', Array.from({ length: 17 }, (_, power) => [-(10 ** power), 1 - 10 ** power, -(2 ** power)])],
    ['undefined', [undefined, { a: undefined, b: 1 }, { a: 1, b: undefined }, { a: undefined }]],
    ['nothing but undefined', undefined],
    ['a long name', { ['n'.repeat(5000)]: 'x'.repeat(5000) }],
    ['more than two megabytes, and then little', [['y'.repeat(2_100_000)], { a: 1 }]],
  ])('%s is that of the decoded payload', (_, value) => {
    const pair = new Pair();
    const { direct, decoded } = pair.both(pair.encode(value));
    expect(direct).toBe(decoded);
    expect(pair.both(pair.encode({ a: 1 })).direct).toBe('{"a":1}');
  });

  it('many shapes is that of the decoded payloads', () => {
    const pair = new Pair();
    const values = Array.from({ length: 600 }, (_, shape) => ({ [`key${shape}`]: { [`inner${shape % 9}`]: shape } }));
    for (const value of [...values, ...values]) {
      expect(pair.both(pair.encode(value)).direct).toBe(JSON.stringify(value));
    }
  });
});

it.each(cutValues)('the end of a payload cuts %s', (_, token, sizeBytes) => {
  const bytes = new Uint8Array(16);
  bytes[0] = token;
  for (let end = 0; end <= sizeBytes; end++) expect(new RecordJson().write(bytes, 0, end)).toBeUndefined();
});

it('what is unknown, or would be the prototype, is left to others', () => {
  const bytes = new Pair().encode({ a: 1 });
  expect(new RecordJson().write(bytes, 0, bytes.length)).toBeUndefined();
  const json = new RecordJson();
  json.learn([['type', '__proto__']]);
  expect(json.write(Uint8Array.of(0x40, 1, 2), 0, 3)).toBeUndefined();
});

it(`bytes that are no payload never give other JSON than that of what msgpackr reads (seed ${testSeed})`, () => {
  const random = new RandomBytes(testSeed);
  let [written, left] = [0, 0];
  for (let round = 0; round < 300; round++) {
    const pair = new Pair();
    const whole = pair.encode({
      a: random.below(1e9),
      b: ['text', { c: 'x'.repeat(random.below(40)) }],
      d: null,
      e: 0.5,
    });
    for (let time = 0; time < 20; time++) {
      const bytes = random.mutate(whole);
      if (pair.json.write(bytes, 0, bytes.length) === undefined) {
        left++;
        continue;
      }
      written++;
      const { direct, decoded } = pair.both(bytes);
      expect(direct).toBe(decoded);
    }
  }
  expect(Math.min(written, left)).toBeGreaterThan(500);
});
