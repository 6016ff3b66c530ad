/**
 * Looks up where the next events of a sequence lie, several at once. The events of a stream lie far apart, so each
 * begins with bytes that are in no CPU cache. Requested in short loops, they all arrive together, in hardly more time
 * than one of them. What is found is a guess, which `EventReader` checks.
 */
import { type CachedFrame, newCachedFrame } from './cached-frame.ts';
import type { PositionSequence } from './position-sequence.ts';
import type { ReadableStorage } from './readable-storage.ts';

/** More than the CPU requests at a time, and few enough to stay in its caches until they are read. */
const maxAhead = 32;
/** Size of a cache line. As many lines of each frame are requested as most frames have. */
const lineBytes = 64;

export class EventsAhead {
  private readonly storage: ReadableStorage;
  private readonly sequence: PositionSequence;
  /** Index, in the sequence, of the event being read. */
  private index = 0;
  /** Indexes of the events that were looked up: from `first` up to, but not including, `end`. */
  private first = 0;
  private end = 0;
  private readonly positions: number[] = [];
  private readonly frames: CachedFrame[] = [];
  /** Computed from all bytes that were requested, so that no compiler removes the reads. */
  private touched = 0;

  constructor(storage: ReadableStorage, sequence: PositionSequence) {
    this.storage = storage;
    this.sequence = sequence;
  }

  get length(): number {
    return this.sequence.length;
  }

  /** Moves to the event with this index in the sequence, and returns its position. */
  moveTo(index: number): number {
    this.index = index;
    return index >= this.first && index < this.end ? this.positions[index - this.first]! : this.sequence.at(index);
  }

  /** Where the frame of the current event probably is; undefined when the index does not reach it. */
  guess(): CachedFrame | undefined {
    const { index } = this;
    if (index < this.first || index >= this.end) this.lookAhead();
    const frame = this.frames[index - this.first]!;
    return frame.offset === 0 ? undefined : frame;
  }

  private lookAhead(): void {
    const { storage, sequence, index, positions, frames } = this;
    // Twice as many each time, because it is unknown how many will be read.
    const most = index === this.end ? Math.min(maxAhead, 2 * (this.end - this.first) + 1) : 1;
    const count = Math.min(most, sequence.length - index);
    for (let slot = 0; slot < count; slot++) positions[slot] = sequence.at(index + slot);
    let touched = storage.positions.touch(positions, count);
    for (let slot = 0; slot < count; slot++) {
      const frame = (frames[slot] ??= newCachedFrame());
      frame.block = undefined;
      if (storage.positions.locate(positions[slot]!, frame)) storage.partition(frame.partitionId)?.findCached(frame);
      else frame.offset = 0;
    }
    for (let slot = 0; slot < count; slot++) {
      const { block, at } = frames[slot]!;
      if (block === undefined) continue;
      const { bytes } = block;
      const last = bytes.length - 1;
      touched ^= bytes[at]! + bytes[Math.min(at + lineBytes, last)]! + bytes[Math.min(at + 2 * lineBytes, last)]!;
    }
    this.touched ^= touched;
    this.first = index;
    this.end = index + count;
  }
}
