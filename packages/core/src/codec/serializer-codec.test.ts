import { deserialize, serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { describeCodecContract, encodeAlone, roundTrip } from '../../test/codec-contract.ts';
import { SerializerCodec } from './serializer-codec.ts';

describeCodecContract(
  'custom, of texts',
  () =>
    new SerializerCodec({
      serialize: (value) => JSON.stringify(value),
      deserialize: (text: string) => JSON.parse(text) as unknown,
    }),
);
describeCodecContract('custom, of bytes', () => new SerializerCodec({ serialize: serializeNoCycles, deserialize }));

/** V8 preserves cycles, which the contract requires to be refused. */
function serializeNoCycles(value: unknown): Buffer {
  JSON.stringify(value);
  return serialize(value);
}

/** Passes strings and bytes through unchanged. */
const passing = new SerializerCodec({
  serialize: (value) => value as string | Uint8Array,
  deserialize: (data: unknown) => data,
});

describe('a serializer of the user', () => {
  it.each([
    ['', 1],
    ['abc', 4],
    ['binary \u0000\u007f\u0080\u00ff', 12],
    ['ö', 2],
    ['漢', 4],
    ['\u{1f600}', 5],
    ['half \ud800', 13],
    ['\udc00\u00ff', 5],
    ['\ufeffmark', 8],
  ])('gets back the text %j, which takes %d bytes', (text, length) => {
    expect(encodeAlone(passing, text)).toHaveLength(length);
    expect(roundTrip(passing, text)).toBe(text);
  });

  it.each([[new Uint8Array(0)], [Uint8Array.of(0, 1, 255)], [Buffer.from('abc')]])(
    'gets back the bytes %s',
    (bytes) => {
      const decoded = roundTrip(passing, bytes);
      expect(decoded).toBeInstanceOf(Buffer);
      expect([...(decoded as Buffer)]).toEqual([...bytes]);
    },
  );

  it('gets bytes of its own: what they were read from may be overwritten', () => {
    const source = encodeAlone(passing, Uint8Array.of(1, 2, 3));
    const decoded = passing.decode(source, 0, source.length);
    source.fill(0xff);
    expect(decoded).toEqual(Buffer.of(1, 2, 3));
  });

  it.each([[undefined], [7], [null], [[1, 2]]])('may not give %s', (result) => {
    expect(() => passing.encode(result)).toThrow('serialize() must return a string or a Uint8Array');
  });

  it('never gets bytes of a kind that is unknown, or none at all', () => {
    expect(() => passing.decode(Uint8Array.of(9, 1, 2), 0, 3)).toThrow('9');
    expect(() => passing.decode(Uint8Array.of(1, 1, 2), 1, 1)).toThrow();
  });
});
