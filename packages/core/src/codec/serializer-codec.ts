/**
 * A pair of functions that the user supplies: `serialize` returns a string or bytes, `deserialize` receives the same
 * kind. One byte before the result records the kind: strings whose characters all fit in a byte (the "binary" strings
 * that many serializers return) take one byte a character, other strings are UTF-8. Strings that are not well-formed
 * Unicode (such as compressors return) take two bytes a character, because UTF-8 would lose their unpaired surrogates.
 */
import type { Codec, EncodedValue } from './codec.ts';

export interface Serializer {
  serialize(value: unknown): string | Uint8Array;
  /** Receives what `serialize` returned: a string if that was a string, else bytes. */
  deserialize(data: never): unknown;
}

/** Stored: never change these values. */
export const serializedKinds = { bytes: 0, latin1: 1, utf8: 2, utf16: 3 } as const;
type TextKind = Exclude<keyof typeof serializedKinds, 'bytes'>;

/** Node's names of the encodings; UTF-16 is little-endian. */
const encodings = { latin1: 'latin1', utf8: 'utf8', utf16: 'utf16le' } as const;

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
    return this.serializer.deserialize(decodeKind(bytes.subarray(start, end)) as never);
  }
}

function encodeKind(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') {
    const kind = textKindOf(data);
    return Buffer.concat([Buffer.of(serializedKinds[kind]), Buffer.from(data, encodings[kind])]);
  }
  if (!(data instanceof Uint8Array)) throw new TypeError('serialize() must return a string or a Uint8Array');
  return Buffer.concat([Buffer.of(serializedKinds.bytes), data]);
}

function textKindOf(text: string): TextKind {
  if (!/[^\u0000-\u00ff]/.test(text)) return 'latin1';
  return text.isWellFormed() ? 'utf8' : 'utf16';
}

/** A copy, because the buffer that is decoded from is reused for other blocks. */
function decodeKind(bytes: Uint8Array): string | Buffer {
  const data = Buffer.from(bytes.subarray(1));
  switch (bytes[0]) {
    case serializedKinds.bytes:
      return data;
    case serializedKinds.latin1:
      return data.toString(encodings.latin1);
    case serializedKinds.utf8:
      return data.toString(encodings.utf8);
    case serializedKinds.utf16:
      return data.toString(encodings.utf16);
    default:
      throw new Error(`There is no kind ${bytes[0] ?? 'without a byte'} of serialized data`);
  }
}
