/** Compresses the body of a frame, metadata and payloads together, in a store that was created with `compression`. */
import type { Compressor } from '@varve/core/internal';
import type { FrameBody } from './writable-partition.ts';

const noBytes: Uint8Array = new Uint8Array(0);

export class BodyPacker {
  private readonly compressor: Compressor;

  constructor(compressor: Compressor) {
    this.compressor = compressor;
  }

  /** The compressed body, or `body` itself when compressing it does not make the frame smaller. */
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
