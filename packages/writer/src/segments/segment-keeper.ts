/**
 * Moves closed segments to an archive, or drops them, on request. One such operation at a time; only the holder of the writer's
 * lock may do it. What is on disk: docs/format.md, "Archived and dropped segments"; why: decision 0007.
 *
 * Invariants: a segment that is moved or dropped was durable, and every frame of it was checked; the record in the catalog is
 * durable before the first file is removed; a copy is durable before its record is written. So after a crash at any step each
 * frame is there, or recorded as dropped, and what a crash left over is removed the next time.
 */
import { type Position, VarveError } from '@varve/core';
import {
  accessible,
  archivedSegmentsFields,
  checkOptions,
  droppedEventsFields,
  EventReader,
  type IndexSet,
  makeDurableDirectory,
  optionRules,
  type StoreContext,
  toPosition,
} from '@varve/core/internal';
import { resolve } from 'node:path';
import type { RunKeeper } from '../runs/run-keeper.ts';
import type { WritableCatalog } from '../writable-catalog.ts';
import type { WritableStorage } from '../writable-storage.ts';
import type { WriteSteps } from '../write-steps.ts';
import { type Before, limitOf } from './before.ts';
import { type ClosedSegment, findClosedSegments } from './closed-segments.ts';
import { copySegment } from './copy-segment.ts';
import { droppedEpochs } from './dropped-epochs.ts';
import { removeLeftovers } from './leftovers.ts';
import { markParted } from './mark-parted.ts';

export interface ArchiveOptions {
  /** What stays: events from this position, or from this time on. */
  readonly before: Before;
  /** The archive directory; may be on another file system. */
  readonly to: string;
}

export interface DropOptions {
  /** What stays: events from this position, or from this time on. */
  readonly before: Before;
}

/** A segment that was moved or dropped. */
export interface LeftSegment {
  /** Name of the partition. */
  readonly partition: string;
  /** Where the file was. */
  readonly path: string;
  /** Where it is now; undefined when it was dropped. */
  readonly archivedTo: string | undefined;
  readonly sizeBytes: number;
}

export interface SegmentsResult {
  /** Position of the first event that the store has. */
  readonly firstPosition: Position;
  readonly segments: readonly LeftSegment[];
}

export interface SegmentKeeperInput {
  readonly storage: WritableStorage;
  readonly context: StoreContext;
  readonly catalog: WritableCatalog;
  readonly indexes: IndexSet;
  readonly steps: WriteSteps;
  readonly runs: RunKeeper;
}

/** Segments that are copied before they are recorded together: at most this many exist twice. */
const segmentsPerRecord = 64;

export class SegmentKeeper {
  private readonly input: SegmentKeeperInput;
  private work: Promise<unknown> = Promise.resolve();

  constructor(input: SegmentKeeperInput) {
    this.input = input;
  }

  /** Moves closed segments whose events all come before a point. Rejects with `INVALID_OPTION`, `CORRUPTION`, `ARCHIVE_MISSING`. */
  async archive(options: ArchiveOptions): Promise<SegmentsResult> {
    checkOptions(options, { before: anything, to: optionRules.path });
    if (options.to === undefined) throw missingOption('to', 'the path of the archive directory');
    return this.inTurn(() => this.archiveNow(options.before, resolve(options.to)));
  }

  /** Drops closed segments whose events all come before a point, archived or not. Rejects as `archive` does. */
  async drop(options: DropOptions): Promise<SegmentsResult> {
    checkOptions(options, { before: anything });
    return this.inTurn(() => this.dropNow(options.before));
  }

  private async archiveNow(before: Before, directory: string): Promise<SegmentsResult> {
    const { context, steps, storage } = this.input;
    const closed = await this.closedBefore(before, false);
    const moved: LeftSegment[] = [];
    if (closed.length > 0) markParted(context, storage.description);
    for (let first = 0; first < closed.length; first += segmentsPerRecord) {
      const batch = closed.slice(first, first + segmentsPerRecord);
      const targets = await this.copyAll(batch, directory);
      const segments = batch.map(({ partition, from, to, lastChecksum, lastPosition }) => {
        return { partitionId: partition.id, from, to, lastChecksum, lastPosition };
      });
      this.keepIndexes(Math.max(...batch.map(({ lastPosition }) => lastPosition)));
      const metadata = archivedSegmentsFields(segments);
      steps.record({ kind: 'segmentsArchived', id: 0, name: directory, metadata });
      this.remove(batch);
      for (const [index, each] of batch.entries()) moved.push(leftSegment(each, targets[index]));
    }
    return { firstPosition: toPosition(storage.segmentRecords.firstPosition), segments: moved };
  }

  private async dropNow(before: Before): Promise<SegmentsResult> {
    const { context, steps, storage } = this.input;
    const closed = await this.closedBefore(before, true);
    if (closed.length > 0) {
      markParted(context, storage.description);
      const reader = new EventReader(storage);
      // The point is between two commits, as the end of a store always is.
      reader.find(Math.max(...closed.map(({ lastPosition }) => lastPosition)));
      const firstKept = reader.frame.commitPosition + reader.frame.commitSize;
      const beginnings = new Map(
        closed.map(({ partition, to, lastChecksum }) => {
          return [partition.id, { partitionId: partition.id, offset: to, previous: lastChecksum }];
        }),
      );
      const epochs = droppedEpochs(storage, firstKept - 1);
      this.keepIndexes(firstKept - 1);
      const record = { before: firstKept, beginnings: [...beginnings.values()], epochs };
      steps.record({ kind: 'eventsDropped', id: 0, name: '', metadata: droppedEventsFields(record) });
      this.remove(closed);
    }
    const segments = closed.map((each) => leftSegment(each, undefined));
    return { firstPosition: toPosition(storage.segmentRecords.firstPosition), segments };
  }

  /** The segments to move or drop, of all partitions. Everything is durable when this returns. */
  private async closedBefore(before: Before, alsoArchived: boolean): Promise<ClosedSegment[]> {
    const { context, catalog, steps, storage } = this.input;
    steps.makeAllDurable();
    removeLeftovers(context, catalog);
    const limit = limitOf(storage, before);
    const found: ClosedSegment[] = [];
    for (const { id } of catalog.partitions()) {
      const closed = await findClosedSegments(context, storage.ownPartition(id)!, limit, this.pause);
      found.push(...closed.filter(({ segment }) => alsoArchived || segment.archived === undefined));
    }
    return found;
  }

  /** Copies segments to the archive; returns the paths of the copies, which are durable. */
  private async copyAll(batch: readonly ClosedSegment[], directory: string): Promise<string[]> {
    const { fileSystem, segmentRecords } = this.input.context;
    const targets: string[] = [];
    const folders = new Set<string>();
    for (const { partition, segment, from, to } of batch) {
      const folder = segmentRecords.archiveFolder(directory, partition);
      if (!folders.has(folder)) makeDurableDirectory(fileSystem, folder);
      folders.add(folder);
      const source = segment.file.path;
      const target = `${folder}${source.slice(source.lastIndexOf('/'))}`;
      await copySegment(fileSystem, { source, target, sizeBytes: to - from }, this.pause);
      targets.push(target);
    }
    for (const folder of folders) fileSystem.syncDirectory(folder);
    return targets;
  }

  /**
   * Indexes everything up to `last`: versions of streams and ids of commits must outlive dropped events, and whoever opens a
   * store should not need the archive for them. Throws `DISK_FULL`: nothing may be moved or dropped without this.
   */
  private keepIndexes(last: number): void {
    const { context, indexes, steps, runs, storage } = this.input;
    const settled = steps.makeAllDurable();
    if (indexes.runsCover < last) steps.buildRunNow(runs);
    storage.committer.keepIdsOf(settled);
    context.fileSystem.syncDirectory(context.indexDirectory);
  }

  /** Removes the files, which according to the catalog are not needed here any more. */
  private remove(closed: readonly ClosedSegment[]): void {
    const { fileSystem, cache } = this.input.context;
    for (const { segment } of closed) {
      cache.forget(segment.file);
      fileSystem.remove(segment.file.path);
    }
    for (const partition of new Set(closed.map((each) => each.partition))) {
      if (fileSystem.stat(partition.folder) !== undefined) fileSystem.syncDirectory(partition.folder);
      partition.forgetCached();
    }
  }

  /** Starts when the previous work has ended, however it ended. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.work.then(() => {
      this.input.storage.assertTakesCommits();
      return work().catch((error: unknown) => this.refused(error));
    });
    this.work = result.catch(() => undefined);
    return result;
  }

  /** Names the path concerned when the operating system refused. */
  private refused(error: unknown): never {
    const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
    return accessible(path ?? this.input.context.directory, () => {
      throw error;
    });
  }

  private readonly pause = async (): Promise<void> => {
    await new Promise((done) => setImmediate(done));
    this.input.storage.assertTakesCommits();
  };
}

const anything = { description: 'a position or a Date', accepts: () => true };

function leftSegment({ partition, segment, from, to }: ClosedSegment, archivedTo: string | undefined): LeftSegment {
  return { partition: partition.name, path: segment.file.path, archivedTo, sizeBytes: to - from };
}

function missingOption(option: string, expected: string): VarveError {
  return new VarveError('INVALID_OPTION', `The option "${option}" is missing.`, {
    expected,
    hint: `It takes ${expected}.`,
  });
}
