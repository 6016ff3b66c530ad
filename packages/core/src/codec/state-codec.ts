/**
 * The state of a consumer as bytes that stand for themselves: keys travel along, so that it can be read whatever
 * happens to the catalog. It keeps what the default codec keeps: docs/serialization.md.
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
    // From a Buffer: bytes in the state are then of one type, whatever the file was read into.
    return this.packr.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as unknown;
  }
}
