/**
 * Goes through the frames of all partitions in the order of their positions, without the position index; indexes are rebuilt
 * from this. Checks each frame, and the chain between frames.
 */
import { CorruptionError } from '@varve/core';
import { fileNames, type FrameView, type NamedEntry, type StoreContext, ReadablePartition } from '@varve/core/internal';
import { FrameWalker, walkStartAfter } from '../recovery/frame-walker.ts';

export class FramesInOrder {
  private readonly context: StoreContext;
  private readonly walkers: FrameWalker[] = [];
  /** Walkers by the first position of their frame. */
  private readonly byPosition = new Map<number, FrameWalker>();
  private current: FrameWalker | undefined;
  private expected: number;
  private epoch = 0;

  /** Begins after the position `after`, which ends a commit. */
  constructor(context: StoreContext, partitions: Iterable<NamedEntry>, after: number) {
    this.context = context;
    this.expected = after + 1;
    for (const { id, name } of partitions) {
      const partition = new ReadablePartition(context, id, name);
      const walker = new FrameWalker(context, partition, walkStartAfter(context, partition, after));
      this.walkers.push(walker);
      this.advance(walker);
    }
  }

  /** The frame that `next` went to. */
  get frame(): FrameView {
    return this.current!.frame;
  }

  get partitionId(): number {
    return this.current!.partition.id;
  }

  /** Where the frame begins in its partition. */
  get offset(): number {
    return this.current!.cursor.offset;
  }

  /** Goes to the next frame; throws `CorruptionError` when it is not there or not whole. */
  next(): void {
    if (this.current !== undefined) this.advance(this.current);
    const walker = this.byPosition.get(this.expected);
    if (walker === undefined) throw this.missing();
    this.byPosition.delete(this.expected);
    this.current = walker;
    const { frame, partition, cursor } = walker;
    if (frame.epoch < this.epoch) throw partition.corruption(cursor.offset, 'fields');
    this.epoch = frame.epoch;
    this.expected = frame.lastPosition + 1;
  }

  private advance(walker: FrameWalker): void {
    while (walker.next()) {
      if (walker.frame.lastPosition < this.expected) continue;
      this.byPosition.set(walker.frame.position, walker);
      return;
    }
  }

  private missing(): CorruptionError {
    for (const { end, partition, nextOffset } of this.walkers) {
      if (end === undefined || end === 'end') continue;
      return partition.corruption(nextOffset, end === 'chain' || end === 'segment' ? 'fields' : end);
    }
    const path = `${this.context.dataDirectory}/${fileNames.partitions}`;
    return new CorruptionError(`No partition in ${path} has the event at position ${this.expected}.`, {
      path,
      position: this.expected,
    });
  }
}
