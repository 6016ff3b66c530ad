/**
 * Finds where a partition ends in a store that was closed in order. Partitions are asked when they are first written
 * to, so that opening a store with many of them costs nothing.
 */
import { EventReader, type PartitionContext, ReadablePartition, type ReadableStorage } from '@varve/core/internal';
import type { PartitionEnd } from '../writable-partition.ts';
import { FrameWalker, walkStartBehind } from './frame-walker.ts';

export function findPartitionEnd(
  context: PartitionContext,
  storage: ReadableStorage,
  entry: { readonly id: number; readonly name: string },
): PartitionEnd {
  return endAtLastEvent(storage, entry.id) ?? walkToEnd(context, entry);
}

/** The end of the partition that holds the last event of the store; undefined for the others. */
function endAtLastEvent(storage: ReadableStorage, partitionId: number): PartitionEnd | undefined {
  const position = storage.publishedPosition;
  const location = { partitionId: 0, offset: 0 };
  if (position === 0 || !storage.positions.locate(position, location)) return undefined;
  if (location.partitionId !== partitionId) return undefined;
  const reader = new EventReader(storage);
  reader.seek(position);
  const { frame } = reader;
  return { offset: location.offset + frame.sizeBytes, lastChecksum: frame.checksum };
}

function walkToEnd(context: PartitionContext, entry: { readonly id: number; readonly name: string }): PartitionEnd {
  const partition = new ReadablePartition(context, entry.id, entry.name);
  const start = walkStartBehind(context, partition, Infinity);
  const walker = new FrameWalker(context, partition, start);
  let end = { offset: start.offset, lastChecksum: start.previous };
  while (walker.next()) end = { offset: walker.nextOffset, lastChecksum: walker.frame.checksum };
  if (walker.end !== 'end') {
    throw partition.corruption(
      walker.nextOffset,
      walker.end === 'chain' || walker.end === 'segment' ? 'fields' : walker.end!,
    );
  }
  return end;
}
