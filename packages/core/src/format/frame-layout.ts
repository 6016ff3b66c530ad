/**
 * Where the fields of a frame lie, and what its flags mean. Layout: docs/format.md, "Frame". Stored: never change any of
 * this in version 1.
 */
import { layOut } from './layout.ts';

export const frameFieldBytes = {
  checksum: 4,
  length: 4,
  previous: 4,
  kind: 1,
  flags: 1,
  epoch: 4,
  position: 6,
  clock: 7,
} as const;

export const frameLayout = layOut(frameFieldBytes);

/** First byte after the chain: "frame, version 1". Stored: a new layout takes a new number. */
export const frameKind = 0xf1;

export const frameFlags = {
  /** Event count, commit size and commit offset follow; without it they are 1, 1 and 0. */
  several: 1,
  /** The commit carries metadata. */
  metadata: 2,
  /** The frame lists the derived indexes that its events belong to. */
  links: 4,
  /** Metadata and payloads are compressed together; their uncompressed size follows. */
  compressed: 8,
} as const;

/** A frame with other flags is of a later version. */
export const knownFrameFlags = frameFlags.several | frameFlags.metadata | frameFlags.links | frameFlags.compressed;

/**
 * The most bytes that metadata and payloads of a compressed frame may have before compression. Larger ones are stored
 * uncompressed, and a frame that claims more is refused, so that the memory needed to read a frame stays bounded.
 */
export const maxUncompressedBytes = 67_108_864;

/** The shortest frame: the fixed part, stream id and stream version. */
export const minFrameBytes = frameLayout.end + 2;
