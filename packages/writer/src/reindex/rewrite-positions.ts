/** Rebuilds the position index from frames alone, when an entry does not lead to the frame of its position. */
import type { NamedEntry, StoreContext } from '@varve/core/internal';
import { FramesInOrder } from './frames-in-order.ts';
import { PositionRewriter } from './position-rewriter.ts';

/**
 * Rebuilds all entries up to `last`, the end of a frame, except those of dropped events. Throws `CORRUPTION` when a frame is at
 * fault.
 */
export function rewritePositions(context: StoreContext, partitions: Iterable<NamedEntry>, last: number): void {
  const start = context.segmentRecords.firstPosition - 1;
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
