/**
 * A pair of functions of the user's: `serialize` gives a string or bytes, `deserialize` gets back the same kind.
 * One byte before the result says which kind it was: strings whose characters fit in a byte (the "binary" strings
 * that many serializers give) take one byte a character, other strings are UTF-8.
 */
import type { Codec, EncodedValue } from './codec.ts';

export interface Serializer {
  serialize(value: unknown): string | Uint8Array;
  /** Gets what `serialize` gave: a string if that was a string, else bytes. */
  deserialize(data: never): unknown;
}

/** Stored: never change these values. */
const kinds = { bytes: 0, latin1: 1, utf8: 2 } as const;

export class SerializerCodec implements Codec {
  readonly name = 'custom';
  readonly encoded: EncodedValue = { bytes: new Uint8Array(0), start: 0, end: 0 };
  private readonly serializer: Serializer;

  constructor(serializer: Serializer) {
    this.serializer = serializer;
  }

  encode(value: unknown): void {
    const data = this.serializer.serialize(value);
    this.encoded.bytes = encodeKind(data);
    this.encoded.end = this.encoded.bytes.length;
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    const data = Buffer.from(bytes.subarray(start + 1, end));
    const kind = bytes[start];
    const text = kind === kinds.latin1 ? data.toString('latin1') : data.toString('utf8');
    return this.serializer.deserialize((kind === kinds.bytes ? data : text) as never);
  }
}

function encodeKind(data: string | Uint8Array): Uint8Array {
  if (typeof data !== 'string') {
    if (!(data instanceof Uint8Array)) throw new TypeError('serialize() must return a string or a Uint8Array');
    return Buffer.concat([Buffer.of(kinds.bytes), data]);
  }
  const fitsLatin1 = !/[^\u0000-\u00ff]/.test(data);
  return Buffer.concat([
    Buffer.of(fitsLatin1 ? kinds.latin1 : kinds.utf8),
    Buffer.from(data, fitsLatin1 ? 'latin1' : 'utf8'),
  ]);
}
