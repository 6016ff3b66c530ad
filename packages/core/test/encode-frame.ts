/** Frames for tests: built from their fields, complete and sealed, the way a writer makes them. */
import { type FrameFields, frameHeaderBytes, sealFrame, writeFrameHeader } from '../src/format/frame.ts';
import { noLinks } from '../src/format/frame-links.ts';

const plainFields: Readonly<Omit<FrameFields, 'metadataBytes'>> = {
  previous: 0,
  epoch: 1,
  position: 1,
  clockUs: 1_700_000_000_000_000,
  streamId: 1,
  streamVersion: 1,
  count: 1,
  commitSize: 1,
  commitOffset: 0,
  uncompressedBytes: 0,
  links: noLinks,
};

export interface FrameInput {
  readonly fields?: Partial<FrameFields>;
  readonly metadata?: Uint8Array;
  readonly payloads?: readonly Uint8Array[];
  /** Stored instead of metadata and payloads, as their compressed form. */
  readonly compressedBody?: Uint8Array;
  readonly seed?: number;
}

export function encodeFrame(input: FrameInput): Buffer {
  const { fields, metadata, payloads = [Buffer.from('payload')], compressedBody, seed = 0 } = input;
  const count = payloads.length;
  const plainBody = Buffer.concat([metadata ?? Buffer.alloc(0), ...payloads]);
  const uncompressedBytes = compressedBody === undefined ? 0 : plainBody.length;
  const metadataBytes = metadata?.length ?? 0;
  const all = { ...plainFields, count, commitSize: count, metadataBytes, uncompressedBytes, ...fields };
  const lengths = payloads.map((payload) => payload.length);
  const body = Buffer.from(compressedBody ?? plainBody);
  const frameBytes = frameHeaderBytes(all, lengths) + body.length;
  const frame = Buffer.alloc(frameBytes);
  const bodyAt = writeFrameHeader(frame, 0, all, lengths, frameBytes);
  if (bodyAt + body.length !== frameBytes) throw new Error('frameHeaderBytes and writeFrameHeader disagree');
  body.copy(frame, bodyAt);
  sealFrame(frame, 0, frameBytes, seed);
  return frame;
}
