/** The work of a check in pieces, which are executed by threads or by the calling process. */
import { systemErrorCode } from '../errors.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { ReadablePartition } from '../storage/readable-partition.ts';
import { type CheckedStore, type CheckFiles, openCheckFiles } from './checked-store.ts';
import { CommitIdReader } from './commit-id-reader.ts';
import { finding } from './finding.ts';
import { checkRun, type RunReport, type RunTask } from './run-check.ts';
import { SegmentCheck, type SegmentReport, type SegmentTask } from './segment-check.ts';
import { type SharedMemory, SharedProgress } from './shared-progress.ts';

/** Segments are given in batches: a store may have a million small ones. */
export type CheckTask =
  { readonly kind: 'segments'; readonly segments: readonly SegmentTask[] } | ({ readonly kind: 'run' } & RunTask);

export type CheckReport =
  { readonly kind: 'segments'; readonly segments: readonly SegmentReport[] } | ({ readonly kind: 'run' } & RunReport);

/** What each thread receives when it starts. */
export interface CheckSetup {
  readonly store: CheckedStore;
  readonly memory: SharedMemory;
}

export class CheckBench {
  readonly files: CheckFiles;
  readonly progress: SharedProgress;
  private readonly ids: CommitIdReader;
  private partition: ReadablePartition | undefined;

  constructor(fileSystem: FileSystem, { store, memory }: CheckSetup) {
    this.files = openCheckFiles(fileSystem, store);
    this.progress = new SharedProgress(memory);
    this.ids = new CommitIdReader(store);
  }

  /** Executes the task; each step takes some milliseconds. */
  *steps(task: CheckTask): Generator<undefined, CheckReport> {
    if (task.kind === 'run') return { kind: 'run', ...(yield* checkRun(this.files, task, this.progress)) };
    const segments: SegmentReport[] = [];
    for (const each of task.segments) segments.push(yield* this.checkSegment(each));
    return { kind: 'segments', segments };
  }

  close(): void {
    this.files.context.pool.closeAll();
  }

  private *checkSegment(task: SegmentTask): Generator<undefined, SegmentReport> {
    const { id, name } = task.partition;
    if (this.partition?.id !== id) this.partition = new ReadablePartition(this.files.context, id, name);
    const { partition } = this;
    const segment = partition.segmentList.find(({ baseOffset }) => baseOffset === task.baseOffset);
    const path = segment?.file.path ?? partition.folder;
    const isThere = segment !== undefined && this.files.context.fileSystem.stat(path) !== undefined;
    if (!isThere) return missing(task, path, segment?.archived?.to);
    try {
      return yield* new SegmentCheck(this.files, partition, segment, this.progress, this.ids).run();
    } catch (error) {
      // The segment was moved or dropped while it was read.
      if (systemErrorCode(error) === 'ENOENT') return missing(task, path, segment.archived?.to);
      throw error;
    }
  }
}

/** The end of an archived segment is known. */
function missing(task: SegmentTask, path: string, archivedTo: number | undefined): SegmentReport {
  const found =
    archivedTo === undefined
      ? finding('SEGMENT', { path }, `The segment ${path} is missing.`)
      : finding('ARCHIVE_MISSING', { path }, `The segment ${path} was archived, and is not there.`);
  const nothing = { previous: undefined, lastChecksum: undefined, lastEpoch: 0, tail: undefined };
  const sums = { runs: [], ids: [], tail: new Map<never, never>() };
  const counts = { frames: 0, events: 0, sizeBytes: 0, endOffset: archivedTo ?? task.baseOffset, isComplete: false };
  return { ...task, path, findings: [found], ...nothing, ...counts, sums };
}
