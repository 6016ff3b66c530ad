/**
 * Walks the frames of one partition in file order, across segments, checking each one and the chain between them. Stops at the
 * end or at the first fault, and says which and where.
 */
import {
  decodeFileHeader,
  type FrameCheck,
  FrameCursor,
  fileHeaderBytes,
  type FrameView,
  type StoreContext,
  readFully,
  type ReadablePartition,
  ReadablePositionIndex,
  type Segment,
} from '@varve/core/internal';
import { findWholeFrame } from './cut.ts';

export interface WalkStart {
  readonly offset: number;
  /** Checksum of the frame before, which the next frame's `previous` must equal. */
  readonly previous: number;
  /** Whether there are events before it that were not dropped. */
  readonly isAfterEvents?: boolean;
}

/** Why a walk ended: at the end of the last file, or at a fault. */
export type WalkEnd = FrameCheck | 'end' | 'chain' | 'segment';

export class FrameWalker {
  readonly partition: ReadablePartition;
  readonly cursor = new FrameCursor();
  private readonly context: StoreContext;
  /** Where the next frame begins. */
  private offset: number;
  private previous: number;
  private segmentEnd = 0;
  private segmentIndex = -1;
  private why: WalkEnd | undefined;
  /** Whether the walk has met a frame with events that were not dropped: after it, everything must be whole. */
  private hasSeenEvents: boolean;

  constructor(context: StoreContext, partition: ReadablePartition, start: WalkStart) {
    this.context = context;
    this.partition = partition;
    this.offset = start.offset;
    this.previous = start.previous;
    this.hasSeenEvents = start.isAfterEvents === true;
    this.enterSegmentAt(start.offset);
  }

  get frame(): FrameView {
    return this.cursor.view;
  }

  /** Why the walk ended; undefined while it goes on. */
  get end(): WalkEnd | undefined {
    return this.why;
  }

  /** Where the next frame begins, or where the fault is. */
  get nextOffset(): number {
    return this.offset;
  }

  /** Whether the file of the current segment ends before the next segment begins. */
  get isSegmentShort(): boolean {
    const next = this.partition.segmentList[this.segmentIndex + 1];
    return this.segmentIndex >= 0 && next !== undefined && next.baseOffset > this.segmentEnd;
  }

  /** Goes to the next frame; false when there is none, and `end` says why. */
  next(): boolean {
    if (this.why !== undefined) return false;
    if (this.offset >= this.segmentEnd && !this.enterNextSegment()) return false;
    const check = this.partition.tryRead(this.offset, this.cursor);
    if (check === 'whole') {
      if (this.frame.previous !== this.previous) return this.stop('chain');
    } else if (!this.passDropped()) {
      return this.stop(check);
    }
    this.previous = this.frame.checksum;
    this.offset += this.frame.sizeBytes;
    this.hasSeenEvents ||= this.frame.lastPosition >= this.context.segmentRecords.firstPosition;
    return true;
  }

  /** Dropped events need not be whole: skips to the next whole frame, if everything before it was dropped. */
  private passDropped(): boolean {
    const { context, partition, cursor } = this;
    if (context.segmentRecords.firstPosition === 1 || this.hasSeenEvents) return false;
    const next = findWholeFrame(context, partition, this.offset, false);
    const isThere = next !== undefined && partition.tryRead(next, cursor) === 'whole';
    if (!isThere || !this.hasOnlyDropped(next, cursor.view.position)) return false;
    this.offset = next;
    return true;
  }

  /** Whether the position index places no event that was kept, and comes before `position`, between here and `end`. */
  private hasOnlyDropped(end: number, position: number): boolean {
    const { indexDirectory, fileSystem, cache, segmentRecords } = this.context;
    const positions = new ReadablePositionIndex(indexDirectory, fileSystem, cache);
    const location = { partitionId: 0, offset: 0 };
    for (let each = segmentRecords.firstPosition; each < position; each++) {
      if (!positions.locate(each, location)) return false;
      const { partitionId, offset } = location;
      if (partitionId === this.partition.id && offset >= this.offset && offset < end) return false;
    }
    return true;
  }

  private enterSegmentAt(offset: number): void {
    const segments = this.partition.segmentList;
    // An offset in a segment's header, or before it, means the end of the segment before.
    this.segmentIndex = segments.findLastIndex((segment) => segment.baseOffset + fileHeaderBytes <= offset);
    const segment = segments[this.segmentIndex];
    this.segmentEnd = segment === undefined ? 0 : segment.baseOffset + this.sizeOf(segment);
  }

  private enterNextSegment(): boolean {
    const segment = this.partition.segmentList[this.segmentIndex + 1];
    if (segment === undefined) return this.stop('end');
    // The fault is at the end of the segment that is too short.
    if (this.isSegmentShort) return this.stop('segment');
    this.offset = segment.baseOffset;
    const header = readSegmentHeader(this.context, this.partition, segment);
    const isNext =
      typeof header !== 'string' &&
      header.partitionId === this.partition.id &&
      header.baseOffset === segment.baseOffset &&
      (this.segmentIndex === -1 || segment.baseOffset === this.segmentEnd) &&
      header.previous === this.previous;
    if (!isNext) return this.stop('segment');
    this.segmentIndex++;
    this.segmentEnd = segment.baseOffset + this.sizeOf(segment);
    this.offset += fileHeaderBytes;
    return this.offset < this.segmentEnd || this.enterNextSegment();
  }

  private sizeOf(segment: Segment): number {
    const { archived } = segment;
    if (archived !== undefined) return archived.to - archived.from;
    return this.context.fileSystem.stat(segment.file.path)?.sizeBytes ?? 0;
  }

  private stop(why: WalkEnd): false {
    this.why = why;
    return false;
  }
}

/** The header of a segment. Throws `ARCHIVE_MISSING` for one that was archived and is missing. */
export function readSegmentHeader(
  context: StoreContext,
  partition: ReadablePartition,
  segment: Segment,
): ReturnType<typeof decodeFileHeader> {
  const bytes = new Uint8Array(fileHeaderBytes);
  if (context.fileSystem.stat(segment.file.path) === undefined) throw partition.missing(segment);
  const length = readFully(context.pool.open(segment.file.path), bytes, 0, fileHeaderBytes, 0);
  return decodeFileHeader(bytes, length, 'segment', context.seed);
}

/**
 * Where a walk must begin to meet every frame after `position`: at the last segment that begins at or before it. `previous`
 * comes from the segment's header, whose checksum vouches for it.
 */
export function walkStartAfter(context: StoreContext, partition: ReadablePartition, position: number): WalkStart {
  const cursor = new FrameCursor();
  const segments = partition.segmentList;
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index]!;
    const { archived } = segment;
    if (archived !== undefined && archived.lastPosition <= position) {
      return { offset: archived.to, previous: archived.lastChecksum };
    }
    const header = readSegmentHeader(context, partition, segment);
    if (typeof header === 'string') continue;
    const offset = segment.baseOffset + fileHeaderBytes;
    const isBefore = partition.tryRead(offset, cursor) === 'whole' && cursor.view.position <= position;
    if (isBefore || index === 0) return { offset, previous: header.previous };
  }
  return context.segmentRecords.beginningOf(partition.id);
}
