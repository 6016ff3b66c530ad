/**
 * The commit frame: the unit of truth. A commit is one frame for each run of consecutive events that go to the same
 * stream and partition, so nearly always exactly one. Layout: docs/format.md, "Frame".
 *
 * Invariants: the checksum covers every byte after it, the length included; `previous` is the checksum of the frame
 * before it in the partition, so that spliced files are detected.
 */
import {
  readU32,
  readU48,
  readU56,
  readU8,
  varintLength,
  VarintReader,
  writeU32,
  writeU48,
  writeU56,
  writeU8,
  writeVarint,
} from './bytes.ts';
import { checksum } from './checksum.ts';
import {
  frameFlags,
  frameKind,
  frameLayout,
  knownFrameFlags,
  maxUncompressedBytes,
  minFrameBytes,
} from './frame-layout.ts';
import { noLinks, readLinks } from './frame-links.ts';

/** The fields of the fixed and variable header, before the bytes of metadata and payloads. */
export interface FrameFields {
  previous: number;
  epoch: number;
  /** Position of the first event of the frame. */
  position: number;
  /** When the commit was made, in microseconds since 1970; grows strictly from commit to commit. */
  clockUs: number;
  streamId: number;
  /** Version, in its stream, of the first event of the frame. */
  streamVersion: number;
  /** Events in this frame. */
  count: number;
  /** Events in the whole commit. */
  commitSize: number;
  /** Events of the commit that come before this frame. */
  commitOffset: number;
  metadataBytes: number;
  /** Bytes of metadata and payloads before compression; 0 when they are not compressed. */
  uncompressedBytes: number;
  /** Encoded by `encodeLinks`; empty when no event belongs to a derived index. */
  links: Uint8Array;
}

/** Bytes of a frame's header for these fields, with the given payload lengths. */
export function frameHeaderBytes(fields: FrameFields, payloadLengths: readonly number[]): number {
  let length = frameLayout.end + varintLength(fields.streamId) + varintLength(fields.streamVersion);
  if (isSeveral(fields)) {
    length += varintLength(fields.count) + varintLength(fields.commitSize) + varintLength(fields.commitOffset);
    for (const payloadLength of payloadLengths) length += varintLength(payloadLength);
  }
  if (fields.metadataBytes > 0) length += varintLength(fields.metadataBytes);
  if (fields.links.length > 0) length += varintLength(fields.links.length) + fields.links.length;
  if (fields.uncompressedBytes > 0) length += varintLength(fields.uncompressedBytes);
  return length;
}

/**
 * Writes the header at `at` and returns the offset where metadata and then payloads belong. The frame is complete after
 * those are copied and `sealFrame` was called.
 */
export function writeFrameHeader(
  target: Uint8Array,
  at: number,
  fields: FrameFields,
  payloadLengths: readonly number[],
  frameBytes: number,
): number {
  const several = isSeveral(fields);
  const flags =
    (several ? frameFlags.several : 0) |
    (fields.metadataBytes > 0 ? frameFlags.metadata : 0) |
    (fields.links.length > 0 ? frameFlags.links : 0) |
    (fields.uncompressedBytes > 0 ? frameFlags.compressed : 0);
  writeU32(target, at + frameLayout.length, frameBytes);
  writeU32(target, at + frameLayout.previous, fields.previous);
  writeU8(target, at + frameLayout.kind, frameKind);
  writeU8(target, at + frameLayout.flags, flags);
  writeU32(target, at + frameLayout.epoch, fields.epoch);
  writeU48(target, at + frameLayout.position, fields.position);
  writeU56(target, at + frameLayout.clock, fields.clockUs);
  let offset = writeVarint(target, at + frameLayout.end, fields.streamId);
  offset = writeVarint(target, offset, fields.streamVersion);
  if (several) {
    offset = writeVarint(target, offset, fields.count);
    offset = writeVarint(target, offset, fields.commitSize);
    offset = writeVarint(target, offset, fields.commitOffset);
  }
  if (fields.metadataBytes > 0) offset = writeVarint(target, offset, fields.metadataBytes);
  if (fields.links.length > 0) offset = writeVarint(target, offset, fields.links.length);
  if (fields.uncompressedBytes > 0) offset = writeVarint(target, offset, fields.uncompressedBytes);
  if (several) for (const payloadLength of payloadLengths) offset = writeVarint(target, offset, payloadLength);
  if (fields.links.length > 0) target.set(fields.links, offset);
  return offset + fields.links.length;
}

/** Computes, stores and returns the checksum of the frame at `at`. */
export function sealFrame(target: Uint8Array, at: number, frameBytes: number, seed: number, view?: DataView): number {
  const sum = checksum(target, at + frameLayout.length, at + frameBytes, seed, view);
  writeU32(target, at + frameLayout.checksum, sum);
  return sum;
}

/** Why bytes are not a frame, or 'whole' when they are one. */
export type FrameCheck = 'whole' | 'short' | 'length' | 'checksum' | 'kind' | 'fields';

/** The length field of the frame that starts at `at`; the caller has made sure that 8 bytes are available. */
export function readFrameLength(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + frameLayout.length);
}

const varints = new VarintReader();

/**
 * One parsed frame, as a view of the bytes it was read from. Reused from frame to frame, because scans parse millions:
 * its fields are valid until the next `parse`, or until the underlying bytes are overwritten.
 */
export class FrameView {
  bytes: Uint8Array = noLinks;
  start = 0;
  end = 0;
  checksum = 0;
  previous = 0;
  epoch = 0;
  position = 0;
  clockUs = 0;
  streamId = 0;
  streamVersion = 0;
  count = 0;
  commitSize = 0;
  commitOffset = 0;
  /**
   * The bytes that `metadataStart`, `metadataEnd` and the offsets of payloads refer to, once `isCompressed` is false.
   */
  body: Uint8Array = noLinks;
  /** A view of `body`, for callers that keep one. */
  bodyView: DataView | undefined;
  /** Whether metadata and payloads are still compressed, in `compressedBody`. They can be read after `takeBody`. */
  isCompressed = false;
  metadataStart = 0;
  metadataEnd = 0;
  bodyEnd = 0;
  private readonly links = { start: 0, end: 0 };
  /** A copy of the links: they are needed after other reads, which may overwrite the frame's bytes. */
  private keptLinks: Uint8Array = new Uint8Array(64);
  /** End offset of each payload in `body`; payload k starts where payload k - 1 ends. Only when count > 1. */
  private payloadEnds: number[] = [];

  /** Parses and checks the frame at `start`; `limit` is the end of the available bytes, `view` a view of them. */
  parse(bytes: Uint8Array, start: number, limit: number, seed: number, view?: DataView): FrameCheck {
    if (limit - start < minFrameBytes) return 'short';
    const length = readU32(bytes, start + frameLayout.length);
    if (length < minFrameBytes) return 'length';
    if (length > limit - start) return 'short';
    const end = start + length;
    this.checksum = readU32(bytes, start + frameLayout.checksum);
    if (checksum(bytes, start + frameLayout.length, end, seed, view) !== this.checksum) return 'checksum';
    if (readU8(bytes, start + frameLayout.kind) !== frameKind) return 'kind';
    this.bytes = bytes;
    this.body = bytes;
    this.bodyView = view;
    this.start = start;
    this.end = end;
    this.previous = readU32(bytes, start + frameLayout.previous);
    this.epoch = readU32(bytes, start + frameLayout.epoch);
    this.position = readU48(bytes, start + frameLayout.position);
    this.clockUs = readU56(bytes, start + frameLayout.clock);
    return this.parseVariable(readU8(bytes, start + frameLayout.flags)) ? 'whole' : 'fields';
  }

  get sizeBytes(): number {
    return this.end - this.start;
  }

  /** Position of the last event of the frame. */
  get lastPosition(): number {
    return this.position + this.count - 1;
  }

  /** Position of the first event of the commit that this frame belongs to. */
  get commitPosition(): number {
    return this.position - this.commitOffset;
  }

  /** Whether the last event of the frame is the last of its commit. */
  get endsCommit(): boolean {
    return this.commitOffset + this.count === this.commitSize;
  }

  payloadStart(event: number): number {
    return event === 0 ? this.metadataEnd : this.payloadEnds[event - 1]!;
  }

  payloadEnd(event: number): number {
    return this.count === 1 ? this.bodyEnd : this.payloadEnds[event]!;
  }

  /** The compressed metadata and payloads; only when `isCompressed`. */
  get compressedBody(): Uint8Array {
    return this.bytes.subarray(this.links.end, this.end);
  }

  /** Supplies the decompressed `compressedBody`: `bodyEnd` bytes. */
  takeBody(body: Uint8Array): void {
    this.body = body;
    this.bodyView = undefined;
    this.isCompressed = false;
  }

  /**
   * Calls `visit` with each event of the frame (0-based) and each derived index that it belongs to. Valid until the
   * next `parse`, even if the underlying bytes are overwritten.
   */
  forEachLink(visit: (event: number, indexId: number) => void): void {
    const end = this.links.end - this.links.start;
    if (end > 0) readLinks(this.keptLinks, { start: 0, end }, this.count, visit);
  }

  private parseVariable(flags: number): boolean {
    if ((flags & ~knownFrameFlags) !== 0) return false;
    const { bytes } = this;
    varints.at = this.start + frameLayout.end;
    this.streamId = varints.read(bytes);
    this.streamVersion = varints.read(bytes);
    this.count = 1;
    this.commitSize = 1;
    this.commitOffset = 0;
    const several = (flags & frameFlags.several) !== 0;
    if (several) {
      this.count = varints.read(bytes);
      this.commitSize = varints.read(bytes);
      this.commitOffset = varints.read(bytes);
      if (!(this.count > 0 && this.commitOffset + this.count <= this.commitSize)) return false;
    }
    const metadataBytes = (flags & frameFlags.metadata) === 0 ? 0 : varints.read(bytes);
    const linksBytes = (flags & frameFlags.links) === 0 ? 0 : varints.read(bytes);
    this.isCompressed = (flags & frameFlags.compressed) !== 0;
    const uncompressedBytes = this.isCompressed ? varints.read(bytes) : 0;
    let payloadBytes = 0;
    if (several) {
      // Each length takes at least one byte, so a hostile count cannot make this loop or its array larger than the
      // frame. Where a varint before did not end, `at` is NaN, and the comparison is false.
      if (!(this.count <= this.end - varints.at)) return false;
      for (let event = 0; event < this.count; event++) {
        payloadBytes += varints.read(bytes);
        this.payloadEnds[event] = payloadBytes;
      }
    }
    this.links.start = varints.at;
    this.links.end = varints.at + linksBytes;
    if (!(this.links.end <= this.end)) return false;
    if (!this.placeBody(metadataBytes, uncompressedBytes)) return false;
    if (linksBytes > 0) {
      if (!readLinks(bytes, this.links, this.count)) return false;
      this.keepLinks(linksBytes);
    }
    if (!several) return true;
    for (let event = 0; event < this.count; event++) this.payloadEnds[event]! += this.metadataEnd;
    return this.payloadEnds[this.count - 1] === this.bodyEnd;
  }

  private keepLinks(length: number): void {
    if (this.keptLinks.length < length) this.keptLinks = new Uint8Array(length * 2);
    for (let index = 0; index < length; index++) this.keptLinks[index] = this.bytes[this.links.start + index]!;
  }

  /** Metadata and payloads follow the links; compressed ones are at the start of what `takeBody` will receive. */
  private placeBody(metadataBytes: number, uncompressedBytes: number): boolean {
    const { isCompressed } = this;
    if (isCompressed && !(uncompressedBytes <= maxUncompressedBytes)) return false;
    this.metadataStart = isCompressed ? 0 : this.links.end;
    this.metadataEnd = this.metadataStart + metadataBytes;
    this.bodyEnd = isCompressed ? uncompressedBytes : this.end;
    return this.metadataEnd <= this.bodyEnd;
  }
}

function isSeveral(fields: FrameFields): boolean {
  return fields.commitSize !== 1;
}
