/**
 * Finds the ends of the partitions of a store that was cleanly closed, each when it is first used: opening a store with many of
 * them costs nothing.
 *
 * Invariant: nothing is written to a place where the position index says that an event is.
 */
import { CorruptionError, hasErrorCode } from '@varve/core';
import {
  FrameCursor,
  type NamedEntry,
  type StoreContext,
  ReadablePartition,
  type ReadablePositionIndex,
} from '@varve/core/internal';
import type { PartitionEnd } from '../writable-partition.ts';
import { FrameWalker, walkStartAfter } from './frame-walker.ts';

/** How many of the newest positions are searched for events that a partition must have: some milliseconds, once per writer. */
const newestPositions = 65_536;

/** The last event of a partition, according to the position index. */
interface NewestEvent {
  readonly position: number;
  readonly offset: number;
}

export class PartitionEnds {
  private readonly context: StoreContext;
  private readonly positions: ReadablePositionIndex;
  /** Position of the last event of the store. */
  private readonly lastPosition: number;
  private newestEvents: ReadonlyMap<number, NewestEvent> | undefined;
  private hasMended = false;

  constructor(context: StoreContext, positions: ReadablePositionIndex, lastPosition: number) {
    this.context = context;
    this.positions = positions;
    this.lastPosition = lastPosition;
  }

  /** Throws `CORRUPTION` when the partition is damaged, or lacks its end. */
  endOf({ id, name }: NamedEntry): PartitionEnd {
    const { context, positions, lastPosition } = this;
    const partition = new ReadablePartition(context, id, name);
    const location = { partitionId: 0, offset: 0 };
    if (lastPosition > 0 && positions.locate(lastPosition, location) && location.partitionId === id) {
      return endOfFrameAt(location.offset, partition);
    }
    const end = walkToEnd(context, partition);
    if (this.missingAfter(id, end) !== undefined) this.mendEntries();
    const missing = this.missingAfter(id, end);
    if (missing !== undefined) throw endMissing(partition, end.offset, missing);
    return end;
  }

  /** The newest event of the partition, when the position index places it past the end that was found. */
  private missingAfter(partitionId: number, { offset: end }: PartitionEnd): NewestEvent | undefined {
    this.newestEvents ??= this.findNewestEvents();
    const newest = this.newestEvents.get(partitionId);
    return newest !== undefined && newest.offset >= end ? newest : undefined;
  }

  private findNewestEvents(): Map<number, NewestEvent> {
    const newest = new Map<number, NewestEvent>();
    const location = { partitionId: 0, offset: 0 };
    const first = Math.max(this.context.segmentRecords.firstPosition, this.lastPosition - newestPositions + 1);
    for (let position = this.lastPosition; position >= first; position--) {
      if (!this.positions.locate(position, location)) continue;
      const { partitionId, offset } = location;
      if (!newest.has(partitionId)) newest.set(partitionId, { position, offset });
    }
    return newest;
  }

  /** Rebuilds the index entries, which may be what is wrong: once per writer, and without effect where frames are missing. */
  private mendEntries(): void {
    if (this.hasMended) return;
    this.hasMended = true;
    try {
      if (this.positions.mend()) this.newestEvents = undefined;
    } catch (error) {
      if (!hasErrorCode(error, 'CORRUPTION')) throw error;
    }
  }
}

function walkToEnd(context: StoreContext, partition: ReadablePartition): PartitionEnd {
  const start = walkStartAfter(context, partition, Infinity);
  const walker = new FrameWalker(context, partition, start);
  let end = { offset: start.offset, lastChecksum: start.previous };
  while (walker.next()) end = { offset: walker.nextOffset, lastChecksum: walker.frame.checksum };
  const { end: why } = walker;
  if (why === undefined || why === 'end') return end;
  throw partition.corruption(walker.nextOffset, why === 'chain' || why === 'segment' ? 'fields' : why);
}

function endOfFrameAt(offset: number, partition: ReadablePartition): PartitionEnd {
  const cursor = new FrameCursor();
  partition.read(offset, cursor);
  return { offset: offset + cursor.view.sizeBytes, lastChecksum: cursor.view.checksum };
}

function endMissing(partition: ReadablePartition, end: number, newest: NewestEvent): CorruptionError {
  const { folder } = partition;
  const { position, offset } = newest;
  return new CorruptionError(
    `The partition in ${folder} ends at offset ${end}, and the event at position ${position} lies at offset ${offset}.`,
    {
      path: folder,
      offset: end,
      position,
      hint: 'Nothing was written. Files lack their end, or are missing: restore them from a replica or backup, or call `repairStore`.',
    },
  );
}
