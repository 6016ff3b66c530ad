/**
 * The state of a consumer as self-contained bytes: they include the keys, so that the state can be read whatever
 * happens to the catalog. It preserves what the default codec preserves: docs/serialization.md.
 */
import { Packr } from 'msgpackr';
import { packrOptions } from './msgpackr-codec.ts';
import { isNestedTooDeep, maxNesting, nestingRefused } from './nesting.ts';
import { hasProtoKey, mentionsProtoKey, protoKeyRefused } from './proto-key.ts';

export class StateCodec {
  private readonly packr = new Packr(packrOptions);

  /** Throws whatever msgpackr throws on a value that it cannot represent. */
  encode(state: unknown): Uint8Array {
    const bytes = this.packr.pack(state);
    if (bytes.length > maxNesting && isNestedTooDeep(state)) throw nestingRefused();
    if (mentionsProtoKey(bytes, 0, bytes.length) && hasProtoKey(state)) throw protoKeyRefused();
    return bytes;
  }

  decode(bytes: Uint8Array): unknown {
    // From a Buffer, so that bytes in the state have one type whatever the file was read into.
    return this.packr.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as unknown;
  }
}
