/**
 * Follows the chain of frames as they are read: each frame holds the checksum of the one before it in its partition,
 * and epochs never go down. A file that was spliced from two copies, or that an old writer continued, is detected here.
 */
import { CorruptionError } from '../errors.ts';
import type { FrameView } from '../format/frame.ts';
import type { ReadablePartition } from './readable-partition.ts';

interface ChainEnd {
  readonly offset: number;
  readonly checksum: number;
}

export class FrameChain {
  /** By partition: where its last frame ended, and that frame's checksum. */
  private readonly ends = new Map<number, ChainEnd>();
  private epoch = 0;

  /** Checks the next frame; throws `CorruptionError` when it cannot follow those before. */
  take(partition: ReadablePartition, offset: number, frame: FrameView): void {
    const end = this.ends.get(partition.id);
    if (end?.offset === offset && end.checksum !== frame.previous) {
      throw broken(partition, offset, frame, 'it does not hold the checksum of the frame before it');
    }
    if (frame.epoch < this.epoch) {
      throw broken(partition, offset, frame, 'its epoch is lower than that of an earlier frame');
    }
    this.epoch = frame.epoch;
    this.ends.set(partition.id, { offset: offset + frame.sizeBytes, checksum: frame.checksum });
  }

  /** Starts over: the next frame need not follow those before. */
  reset(): void {
    this.ends.clear();
    this.epoch = 0;
  }
}

function broken(partition: ReadablePartition, offset: number, frame: FrameView, reason: string): CorruptionError {
  const segment = partition.segmentList.findLast((candidate) => candidate.baseOffset <= offset);
  const path = segment?.file.path ?? partition.folder;
  const at = offset - (segment?.baseOffset ?? 0);
  return new CorruptionError(
    `The frame of position ${frame.position} at byte ${at} of ${path} is out of place: ${reason}.`,
    {
      path,
      offset: at,
      position: frame.position,
      hint: 'Two histories were mixed in this file: copy the store anew from its source, as a whole.',
    },
  );
}
