/**
 * Visits all intact frames of a store in the order of their positions, past damage and without trusting any index. Where no frame has
 * the next position, it goes on with the next one that exists.
 */
import { systemErrorCode } from '../errors.ts';
import type { FrameView } from '../format/frame.ts';
import { FrameCursor } from '../storage/frame-cursor.ts';
import { ReadablePartition, type Segment } from '../storage/readable-partition.ts';
import type { CheckFiles } from '../verify/checked-store.ts';
import { DamageSearch } from '../verify/damage-search.ts';
import type { PartitionName } from '../verify/store-survey.ts';

/** The frames of one partition. */
class PartitionFrames {
  readonly cursor = new FrameCursor();
  private readonly partition: ReadablePartition;
  private readonly files: CheckFiles;
  private readonly search: DamageSearch;
  private readonly offsets: Generator<number, undefined>;
  /** Position of the next frame, and its offset in the partition. */
  position = 0;
  private offset = 0;

  constructor(files: CheckFiles, { id, name }: PartitionName) {
    this.files = files;
    this.partition = new ReadablePartition(files.context, id, name);
    this.search = new DamageSearch(files, this.partition);
    this.offsets = this.allOffsets();
  }

  /** Goes to the next intact frame that ends after `after`; false when there is none. */
  advance(after: number): boolean {
    for (;;) {
      const next = this.offsets.next();
      if (next.done === true) return false;
      if (next.value < 0) continue;
      const { view } = this.cursor;
      if (view.lastPosition <= after || !this.files.history.has(view.position, view.epoch)) continue;
      this.offset = next.value;
      this.position = view.position;
      return true;
    }
  }

  /** Reads the frame again if its block in the cache was reused meanwhile. */
  load(): boolean {
    return this.cursor.isCurrent || this.partition.tryRead(this.offset, this.cursor) === 'whole';
  }

  private *allOffsets(): Generator<number, undefined> {
    const { fileSystem } = this.files.context;
    for (const segment of this.partition.segmentList) {
      const sizeBytes = fileSystem.stat(segment.file.path)?.sizeBytes ?? 0;
      try {
        yield* this.search.frames(segment, endOf(segment, sizeBytes), this.cursor);
      } catch (error) {
        // The segment was archived, dropped or removed meanwhile: its events are a gap.
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      }
    }
    return undefined;
  }
}

export class FramesPastDamage {
  private readonly byPosition = new Map<number, PartitionFrames>();
  private readonly visible: number;
  /** The last position that was reached. */
  private reached: number;
  private current: PartitionFrames | undefined;

  constructor(files: CheckFiles, partitions: readonly PartitionName[], after: number) {
    this.visible = files.store.visible;
    this.reached = Math.max(after, files.context.segmentRecords.firstPosition - 1);
    for (const each of partitions) this.enter(new PartitionFrames(files, each));
  }

  /** The next frame, valid until `release`; undefined when there is none. */
  next(): FrameView | undefined {
    for (;;) {
      const frames = this.byPosition.get(this.reached + 1) ?? this.first();
      if (frames === undefined) return undefined;
      this.byPosition.delete(frames.position);
      const isWhole = frames.load() && frames.cursor.view.position <= this.visible;
      const { view } = frames.cursor;
      if (!isWhole) continue;
      this.reached = Math.min(view.lastPosition, this.visible);
      this.current = frames;
      return view;
    }
  }

  /** To be called when the frame is no longer needed. */
  release(): void {
    if (this.current !== undefined) this.enter(this.current);
    this.current = undefined;
  }

  private enter(frames: PartitionFrames): void {
    while (frames.advance(this.reached)) {
      // Of two frames with one position, the first one counts.
      if (this.byPosition.has(frames.position)) continue;
      this.byPosition.set(frames.position, frames);
      return;
    }
  }

  /** After a gap: the frame with the lowest position. */
  private first(): PartitionFrames | undefined {
    let lowest: PartitionFrames | undefined;
    for (const frames of this.byPosition.values()) {
      if (lowest === undefined || frames.position < lowest.position) lowest = frames;
    }
    return lowest;
  }
}

function endOf({ archived, baseOffset }: Segment, sizeBytes: number): number {
  return archived?.to ?? baseOffset + sizeBytes;
}
