/** Makes the position index again from frames alone: for an entry that does not lead to the frame of its position. */
import type { NamedEntry, PartitionContext } from '@varve/core/internal';
import { FramesInOrder } from './frames-in-order.ts';
import { PositionRewriter } from './position-rewriter.ts';

/**
 * Makes all entries up to `last`, the end of a frame, but for those of events that were dropped. Throws `CORRUPTION` when a
 * frame is at fault.
 */
export function rewritePositions(context: PartitionContext, partitions: Iterable<NamedEntry>, last: number): void {
  const start = context.segments.firstPosition - 1;
  const rewriter = new PositionRewriter(context, start);
  try {
    const frames = new FramesInOrder(context, partitions, start);
    for (let reached = start; reached < last; reached = frames.frame.lastPosition) {
      frames.next();
      rewriter.add(frames.partitionId, frames.offset, frames.frame.count);
    }
    rewriter.finish();
  } finally {
    rewriter.close();
  }
}
