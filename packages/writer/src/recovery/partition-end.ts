/**
 * Finds where a partition ends in a store that was closed in order. Partitions are asked when they are first used, so
 * that opening a store with many of them costs nothing.
 */
import {
  FrameCursor,
  type PartitionContext,
  ReadablePartition,
  type ReadablePositionIndex,
} from '@varve/core/internal';
import type { PartitionEnd } from '../writable-partition.ts';
import { FrameWalker, walkStartBehind } from './frame-walker.ts';

export interface PartitionToEnd {
  readonly context: PartitionContext;
  readonly positions: ReadablePositionIndex;
  /** Position of the last event of the store that was written. */
  readonly lastPosition: number;
  readonly entry: { readonly id: number; readonly name: string };
}

export function findPartitionEnd(input: PartitionToEnd): PartitionEnd {
  const partition = new ReadablePartition(input.context, input.entry.id, input.entry.name);
  return endAtLastEvent(input, partition) ?? walkToEnd(input.context, partition);
}

/** The end of the partition that holds the last event of the store; undefined for the others. */
function endAtLastEvent(input: PartitionToEnd, partition: ReadablePartition): PartitionEnd | undefined {
  const { positions, lastPosition } = input;
  const location = { partitionId: 0, offset: 0 };
  if (lastPosition === 0 || !positions.locate(lastPosition, location)) return undefined;
  if (location.partitionId !== partition.id) return undefined;
  const cursor = new FrameCursor();
  partition.read(location.offset, cursor);
  return { offset: location.offset + cursor.view.sizeBytes, lastChecksum: cursor.view.checksum };
}

function walkToEnd(context: PartitionContext, partition: ReadablePartition): PartitionEnd {
  const start = walkStartBehind(context, partition, Infinity);
  const walker = new FrameWalker(context, partition, start);
  let end = { offset: start.offset, lastChecksum: start.previous };
  while (walker.next()) end = { offset: walker.nextOffset, lastChecksum: walker.frame.checksum };
  const { end: why } = walker;
  if (why === undefined || why === 'end') return end;
  throw partition.corruption(walker.nextOffset, why === 'chain' || why === 'segment' ? 'fields' : why);
}
