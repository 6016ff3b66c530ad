import { describe, expect, it } from 'vitest';
import { describeCodecContract, encodeAlone, roundTrip } from '../../test/codec-contract.ts';
import { JsonCodec } from './json-codec.ts';

describeCodecContract('json', () => new JsonCodec());

describe('json', () => {
  const codec = new JsonCodec();

  it('writes what JSON.stringify gives, in UTF-8', () => {
    expect(encodeAlone(codec, { a: 'ö', b: [1, null] }).toString('utf8')).toBe('{"a":"ö","b":[1,null]}');
  });

  it('keeps halves of characters, and the key __proto__ as a key', () => {
    expect(roundTrip(codec, { a: 'x\ud800y', '\udc00': 1 })).toEqual({ a: 'x\ud800y', '\udc00': 1 });
    const decoded = roundTrip(codec, JSON.parse('{"__proto__": 1, "b": 2}')) as object;
    expect(Object.entries(decoded)).toEqual([
      ['__proto__', 1],
      ['b', 2],
    ]);
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['something that gives no JSON', { toJSON: () => undefined }],
    ['a large integer', { a: 1n }],
  ])('refuses %s', (_, value) => {
    expect(() => codec.encode(value)).toThrow(TypeError);
  });
});
