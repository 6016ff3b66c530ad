/**
 * Finds the segments that can be moved or dropped: those whose events all come before a position. The last segment of a
 * partition can be among them, and is then ended; the one with the store's last commit never is. Every frame of a segment is
 * checked before the segment is returned.
 */
import { EventReader, fileHeaderBytes, type StoreContext, type Segment } from '@varve/core/internal';
import { FrameWalker, readSegmentHeader } from '../recovery/frame-walker.ts';
import type { WritablePartition } from '../writable-partition.ts';
import type { WritableStorage } from '../writable-storage.ts';

/** A segment that takes no more frames, and where it ends. */
export interface ClosedSegment {
  readonly partition: WritablePartition;
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
  readonly lastChecksum: number;
  readonly lastPosition: number;
}

/** Frames that are checked before other work of the process gets a turn. */
const framesPerTurn = 4096;

/** Lets other work of the process have a turn; throws when the store takes no more work after that. */
export type Pause = () => Promise<void>;

/** The closed segments of a partition whose events all come before `limit`, in order. */
export async function findClosedSegments(
  context: StoreContext,
  partition: WritablePartition,
  limit: number,
  pause: Pause,
): Promise<ClosedSegment[]> {
  const found: ClosedSegment[] = [];
  const segments = partition.segmentList;
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    const to = isLast ? partition.endOffset : segments[index + 1]!.baseOffset;
    const closed = await checkSegment({ context, partition, segment, to, limit, pause });
    if (closed === undefined) break;
    if (isLast && segment.archived === undefined) {
      // Events may have been appended while it was checked.
      if (partition.endOffset !== to || partition.bufferedBytes > 0) break;
      partition.endSegment();
    }
    found.push(closed);
  }
  return found;
}

interface SegmentToCheck {
  readonly context: StoreContext;
  readonly partition: WritablePartition;
  readonly segment: Segment;
  readonly to: number;
  readonly limit: number;
  readonly pause: Pause;
}

/** Undefined when the segment has an event at or after the limit, or none at all. Throws `CORRUPTION`. */
async function checkSegment(input: SegmentToCheck): Promise<ClosedSegment | undefined> {
  const { context, partition, segment, to, limit, pause } = input;
  const from = segment.baseOffset;
  if (segment.archived !== undefined) {
    const { lastChecksum, lastPosition } = segment.archived;
    return lastPosition < limit ? { partition, segment, from, to, lastChecksum, lastPosition } : undefined;
  }
  const header = readSegmentHeader(context, partition, segment);
  if (typeof header === 'string') throw partition.corruption(from, 'fields');
  const walker = new FrameWalker(context, partition, { offset: from + fileHeaderBytes, previous: header.previous });
  let last: { readonly lastChecksum: number; readonly lastPosition: number } | undefined;
  for (let frames = 1; walker.nextOffset < to; frames++) {
    if (!walker.next()) throw partition.corruption(walker.nextOffset, 'fields');
    const { checksum, lastPosition } = walker.frame;
    if (lastPosition >= limit) return undefined;
    last = { lastChecksum: checksum, lastPosition };
    if (frames % framesPerTurn === 0) await pause();
  }
  await pause();
  return last === undefined ? undefined : { partition, segment, from, to, ...last };
}

/** The first position of the commit that has the event at `position`, which must be in the store. */
export function commitStart(storage: WritableStorage, position: number): number {
  const reader = new EventReader(storage);
  reader.find(position);
  return reader.frame.commitPosition;
}
