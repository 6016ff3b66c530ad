/** Compresses the body of a frame, metadata and payloads together, in a store that was made with `compression`. */
import type { Compressor } from '@varve/core/internal';
import type { FrameBody } from './writable-partition.ts';

const noBytes: Uint8Array = new Uint8Array(0);

export class BodyPacker {
  private readonly compressor: Compressor;

  constructor(compressor: Compressor) {
    this.compressor = compressor;
  }

  /** The body compressed, or the same one when that makes the frame no smaller. */
  pack(body: FrameBody): FrameBody {
    const { metadata, start, end } = body;
    const payloads = body.bytes.subarray(start, end);
    const source = metadata.length === 0 ? payloads : Buffer.concat([metadata, payloads]);
    const bytes = this.compressor.compress(source);
    if (bytes === undefined) return body;
    const { payloadLengths } = body;
    return { metadata: noBytes, bytes, start: 0, end: bytes.length, payloadLengths, uncompressedBytes: source.length };
  }
}
