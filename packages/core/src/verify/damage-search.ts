/**
 * Visits the frames of one partition in the order of the file, past damage: it finds the next whole frame after it. The
 * position index is consulted first, because bytes that look like a frame may be inside a payload; where it does not
 * help, the bytes are searched.
 */
import { fileHeaderBytes } from '../format/file-header.ts';
import { frameKind, frameLayout, minFrameBytes } from '../format/frame-layout.ts';
import { type FrameCheck, FrameView, readFrameLength } from '../format/frame.ts';
import { readFully } from '../file-system/file-system.ts';
import { ifThere } from '../file-system/if-there.ts';
import type { FrameCursor } from '../storage/frame-cursor.ts';
import type { ReadablePartition, Segment } from '../storage/readable-partition.ts';
import type { FrameLocation } from '../storage/readable-position-index.ts';
import type { CheckFiles } from './checked-store.ts';

/** Entries of the position index that are examined for a way past damage. */
const maxEntries = 1_048_576;
/** Bytes searched at a time. */
const windowBytes = 1_048_576;
/** The most bytes that are summed for each byte of a segment: bytes made to look like frames must not take forever. */
const maxSumsPerByte = 64;

export interface DamagedRange {
  /** Offsets in the partition; `to` is where the next whole frame begins, or the end of the segment. */
  readonly from: number;
  readonly to: number;
  readonly why: FrameCheck;
  /** Whether a whole frame follows in the same segment. */
  readonly isFollowed: boolean;
}

export class DamageSearch {
  private readonly files: CheckFiles;
  private readonly partition: ReadablePartition;
  private readonly location: FrameLocation = { partitionId: 0, offset: 0 };

  constructor(files: CheckFiles, partition: ReadablePartition) {
    this.files = files;
    this.partition = partition;
  }

  /**
   * The damage that begins at offset `from`, after the event at position `last`, in the segment that ends at `end`. The
   * cursor is at the frame after the damage when there is one.
   */
  past(segment: Segment, from: number, why: FrameCheck, bounds: SearchBounds, cursor: FrameCursor): DamagedRange {
    const next = this.byIndex(from, bounds, cursor) ?? this.byBytes(segment, from, bounds, cursor);
    return { from, to: next ?? bounds.end, why, isFollowed: next !== undefined };
  }

  /**
   * Goes to each whole frame of a segment that ends at `end`, past damage: yields the offset of the frame in the cursor, or
   * the negated offset where damage begins.
   */
  *frames(segment: Segment, end: number, cursor: FrameCursor): Generator<number, undefined> {
    let offset = segment.baseOffset + fileHeaderBytes;
    let last = 0;
    while (offset < end) {
      const check = this.partition.tryRead(offset, cursor);
      if (check !== 'whole') {
        const damage = this.past(segment, offset, check, { last, end }, cursor);
        yield -offset;
        if (!damage.isFollowed) return undefined;
        // Read once more: the caller, told of the damage, may have read with the same cursor.
        offset = damage.to;
        continue;
      }
      const { view } = cursor;
      const next = offset + view.sizeBytes;
      last = Math.max(last, view.lastPosition);
      yield offset;
      offset = next;
    }
    return undefined;
  }

  /** The first whole frame after `from` that an entry of the position index leads to. */
  private byIndex(from: number, { last, end }: SearchBounds, cursor: FrameCursor): number | undefined {
    const { positions, store } = this.files;
    const { location, partition } = this;
    const until = Math.min(store.visible, last + maxEntries);
    let tried = from;
    for (let position = last + 1; position <= until; position++) {
      if (!ifThere(() => positions.locate(position, location), false)) return undefined;
      const { partitionId, offset } = location;
      if (partitionId !== partition.id || offset <= from || offset === tried || offset >= end) continue;
      // An entry before this one has led too far, past frames that may be whole.
      if (offset < tried) return undefined;
      tried = offset;
      if (partition.tryRead(tried, cursor) !== 'whole') continue;
      const { view } = cursor;
      if (position >= view.position && position <= view.lastPosition) return tried;
    }
    return undefined;
  }

  private byBytes(segment: Segment, from: number, bounds: SearchBounds, cursor: FrameCursor): number | undefined {
    const { context } = this.files;
    const sizeBytes = bounds.end - segment.baseOffset;
    const file = context.pool.open(segment.file.path);
    const first = Math.max(fileHeaderBytes, from + 1 - segment.baseOffset);
    const view = new FrameView();
    const bytes = new Uint8Array(windowBytes + minFrameBytes);
    let budget = maxSumsPerByte * (sizeBytes + windowBytes);
    for (let start = first; start + minFrameBytes <= sizeBytes; start += windowBytes) {
      const length = readFully(file, bytes, 0, Math.min(bytes.length, sizeBytes - start), start);
      for (let at = 0; at < Math.min(windowBytes, length - minFrameBytes + 1); at++) {
        // Cheap tests come before the checksum.
        if (bytes[at + frameLayout.kind] !== frameKind) continue;
        const frameBytes = readFrameLength(bytes, at);
        if (frameBytes < minFrameBytes || start + at + frameBytes > sizeBytes) continue;
        budget -= frameBytes;
        if (budget < 0) return undefined;
        const offset = segment.baseOffset + start + at;
        const isInWindow = at + frameBytes <= length;
        if (isInWindow && view.parse(bytes, at, length, context.seed) !== 'whole') continue;
        if (this.partition.tryRead(offset, cursor) === 'whole' && this.isLikely(cursor.view, bounds)) return offset;
      }
    }
    return undefined;
  }

  /** Whether the frame can be one that follows: it is of this history, and its position is higher. */
  private isLikely(frame: FrameView, { last }: SearchBounds): boolean {
    return frame.position > last && this.files.history.has(frame.position, frame.epoch);
  }
}

interface SearchBounds {
  /** Position of the last event before the damage. */
  readonly last: number;
  /** Offset at which the segment ends. */
  readonly end: number;
}
