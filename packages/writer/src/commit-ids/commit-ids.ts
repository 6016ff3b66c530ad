/**
 * Which commit ids callers gave, and at which positions: the newest in memory, the others in immutable files. A store in which
 * nobody gives ids has no such files and pays nothing. Why this way: docs/decisions/0012-commit-ids.md.
 *
 * Invariants: the files cover all positions up to the end of the last one, and memory everything after it; a position that is
 * found counts only when the event there has the id.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import {
  type CommitIdEntry,
  encodeCommitIdRun,
  EventReader,
  fileNames,
  hashCommitId,
  parseCommitIdsFileName,
  commitIdsFileName,
  type StoreContext,
  replaceFile,
  unavailable,
  longestChain,
} from '@varve/core/internal';
import { asDiskFull, whenThereIsRoom } from '../disk-full.ts';
import type { WritableStorage } from '../writable-storage.ts';
import { CommitIdRun } from './commit-id-run.ts';
import { type EarlierCommit, readEarlierCommit } from './earlier-commit.ts';

/** Ids in memory before they are written to a file. */
const idsPerRun = 65_536;
/** Positions after which the ids are written, however few they are, so that a crash leaves little to read again. */
const positionsPerRun = 131_072;
/** How many files are merged at least, and how many ids the merged file has at most. */
const runsPerMerge = 16;
const maxMergedIds = idsPerRun * runsPerMerge;

export class CommitIds {
  private readonly context: StoreContext;
  private readonly directory: string;
  private readonly storage: WritableStorage;
  private readonly reader: EventReader;
  private readonly ownPrefix: string;
  /** In order; undefined as long as no caller has given an id. */
  private runs: CommitIdRun[] | undefined;
  private readonly recent = new Map<string, number>();

  /**
   * Reads what is on disk; events up to `end` are in the store. If `mayHaveIds` says that they may have ids and the folder is
   * missing, it is rebuilt from all of them.
   */
  constructor(
    context: StoreContext,
    storage: WritableStorage,
    { end, mayHaveIds }: { readonly end: number; readonly mayHaveIds: boolean },
  ) {
    this.context = context;
    this.directory = `${context.indexDirectory}/${fileNames.commitIds}`;
    this.storage = storage;
    this.reader = new EventReader(storage);
    this.ownPrefix = storage.commitIdPrefix;
    this.runs = this.findRuns(end);
    // A store that dropped events must have the folder.
    if (this.runs === undefined && (mayHaveIds || context.segmentRecords.firstPosition > 1)) {
      context.segmentRecords.assertIndexed(0, this.directory);
      this.makeDirectory();
      this.runs = [];
    }
    if (this.runs !== undefined) this.readFrames(end);
  }

  /** Whether any caller ever gave an id. */
  get areKept(): boolean {
    return this.runs !== undefined;
  }

  /** The commit with this id; undefined when there is none. */
  find(commitId: string): EarlierCommit | undefined {
    const position = this.findPosition(commitId);
    return position === undefined ? undefined : readEarlierCommit(this.reader, position);
  }

  /**
   * Rebuilds the files that reach past `from`, from the frames up to `end`, where everything is durable. Recreates a lost
   * folder when `mayHaveIds` says that frames may have ids.
   */
  rebuild(from: number, end: number, mayHaveIds: boolean): void {
    if (this.runs === undefined && !mayHaveIds) return;
    const later = [...this.recent].filter(([, position]) => position > end);
    const kept = this.runs ?? [];
    const { segmentRecords } = this.context;
    const whole = kept.slice(0, wholeRuns(kept, from, segmentRecords.firstPosition));
    segmentRecords.assertIndexed(whole.at(-1)?.last ?? 0, this.directory);
    this.makeDirectory();
    this.runs = whole;
    this.recent.clear();
    this.readFrames(end);
    for (const [commitId, position] of later) this.recent.set(commitId, position);
    this.removeUnused(this.runs);
  }

  private findPosition(commitId: string): number | undefined {
    return this.healed(() => this.lookUp(commitId));
  }

  private lookUp(commitId: string): number | undefined {
    const recent = this.recent.get(commitId);
    if (recent !== undefined) return recent;
    const own = this.ownPosition(commitId);
    if (own !== undefined || this.runs === undefined) return own;
    const hash = hashCommitId(commitId);
    for (const run of this.runs.toReversed()) {
      for (const position of run.find(hash)) if (this.isAt(position, commitId)) return position;
    }
    return undefined;
  }

  /** Creates the first file if there is none; to be called before any part of a commit with an id is appended. */
  begin(durable: number): void {
    try {
      this.runs ??= this.makeFirstRun(durable);
    } catch (error) {
      throw unavailable(this.directory, asDiskFull(error, this.directory));
    }
  }

  /** Remembers the id of a commit that was appended. */
  add(commitId: string, position: number): void {
    this.recent.set(commitId, position);
  }

  /** To be called after each flush, and with `isLast` before the store is closed. */
  keepUp(flushed: number, isLast: boolean): void {
    if (this.runs === undefined) return;
    const isDue = this.recent.size >= idsPerRun || flushed - this.covered >= positionsPerRun;
    if (!isDue && !(isLast && flushed > this.covered)) return;
    // Without room on the disk, they stay in memory.
    whenThereIsRoom(() => this.writeRecent(flushed));
  }

  /** Writes all ids up to `durable`, the last position of the store, to files. Throws `DISK_FULL`. */
  keepAll(durable: number): void {
    this.begin(durable);
    try {
      if (durable > this.covered) this.writeRecent(durable);
    } catch (error) {
      throw asDiskFull(error, this.directory);
    }
  }

  private writeRecent(flushed: number): void {
    const entries = [...this.recent].map(([commitId, position]) => ({ ...hashCommitId(commitId), position }));
    this.runs!.push(this.write(entries, this.covered, flushed));
    this.recent.clear();
    this.healed(() => this.merge());
  }

  /** Does the work. When a file turns out to be damaged, rebuilds it and does the work once more. */
  private healed<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (!hasErrorCode(error, 'CORRUPTION') || this.runs === undefined) throw error;
      if (wholeRuns(this.runs, Infinity, 1) === this.runs.length) throw error;
      this.rebuild(Infinity, this.storage.publishedPosition, true);
      return work();
    }
  }

  private get covered(): number {
    return this.runs?.at(-1)?.last ?? 0;
  }

  /** For the first id in the life of the store: there is none before it, and what is durable is never cut off. */
  private makeFirstRun(durable: number): CommitIdRun[] {
    this.makeDirectory();
    return [this.write([], 0, durable)];
  }

  private makeDirectory(): void {
    this.context.fileSystem.makeDirectory(this.directory);
    this.context.fileSystem.syncDirectory(this.context.indexDirectory);
  }

  private write(entries: readonly CommitIdEntry[], base: number, last: number): CommitIdRun {
    const path = `${this.directory}/${commitIdsFileName(base, last)}`;
    // A damaged file of this name may exist and be open.
    this.context.pool.close(path);
    const { fileSystem, seed } = this.context;
    replaceFile(fileSystem, path, encodeCommitIdRun(entries, { seed, base, last }), { isDurable: true });
    return new CommitIdRun(this.context, path, { base, last });
  }

  /**
   * Merges small neighbours at the end into one file, so that there are few. Only files of durable events: a merged file that
   * reached past the end of the store after a crash would be useless, and would have replaced files that cannot be rebuilt
   * where events were dropped.
   */
  private merge(): void {
    const runs = this.runs!;
    const { durablePosition } = this.storage;
    const end = runs.findLastIndex((run) => run.last <= durablePosition) + 1;
    let first = end;
    let size = 0;
    while (first > 0 && size + runs[first - 1]!.size <= maxMergedIds) size += runs[--first]!.size;
    const group = runs.slice(first, end);
    if (group.length < runsPerMerge) return;
    const entries = group.flatMap((run) => run.entries());
    const merged = this.write(entries, group[0]!.base, group.at(-1)!.last);
    this.runs = [...runs.slice(0, first), merged, ...runs.slice(end)];
    for (const run of group) this.remove(run);
  }

  private findRuns(end: number): CommitIdRun[] | undefined {
    const { fileSystem } = this.context;
    const names = fileSystem.list(this.directory);
    if (names === undefined) return undefined;
    const found = names.map(parseCommitIdsFileName).filter((range) => range !== undefined);
    // The very first file may cover nothing: it was created with the first id.
    const runs = longestChain(found.filter(({ last }) => last <= end)).map((range) => {
      return new CommitIdRun(this.context, `${this.directory}/${commitIdsFileName(range.base, range.last)}`, range);
    });
    // Before anything is removed: files for which a store is refused must stay for examination.
    this.context.segmentRecords.assertIndexed(runs.at(-1)?.last ?? 0, this.directory);
    this.removeUnused(runs);
    return runs;
  }

  /** Removes files that were merged into others, and files that reach past the position to which a recovery cut the store. */
  private removeUnused(runs: readonly CommitIdRun[]): void {
    const used = new Set(runs.map((run) => run.path));
    for (const name of this.context.fileSystem.list(this.directory) ?? []) {
      const path = `${this.directory}/${name}`;
      if (used.has(path)) continue;
      this.context.pool.close(path);
      this.context.fileSystem.remove(path);
    }
  }

  /** Finds the ids in the frames up to `last` that no file covers; where there are many, writes them to files. */
  private readFrames(last: number): void {
    const { reader, recent, ownPrefix } = this;
    for (let position = this.covered + 1; position <= last; position = reader.frame.lastPosition + 1) {
      this.keepUp(position - 1, false);
      reader.find(position);
      const { frame } = reader;
      if (frame.metadataStart === frame.metadataEnd) continue;
      const { commitId } = reader.metadata();
      if (commitId !== `${ownPrefix}${frame.epoch}-${frame.commitPosition}`) recent.set(commitId, frame.commitPosition);
    }
  }

  /** The position in an id that the store itself gave, if that commit is there. */
  private ownPosition(commitId: string): number | undefined {
    if (!commitId.startsWith(this.ownPrefix)) return undefined;
    const [epoch, position] = (/^(\d+)-([1-9]\d{0,14})$/.exec(commitId.slice(this.ownPrefix.length)) ?? [])
      .slice(1)
      .map(Number);
    if (epoch === undefined || position === undefined) return undefined;
    const { segmentRecords } = this.context;
    if (position < segmentRecords.firstPosition && segmentRecords.droppedEpochAt(position) !== epoch) return undefined;
    return position > 0 && this.isAt(position, commitId) ? position : undefined;
  }

  private isAt(position: number, commitId: string): boolean {
    const { directory, segmentRecords } = this.context;
    if (position < segmentRecords.firstPosition) throw droppedCommit(directory, commitId, position);
    if (position > this.storage.publishedPosition && !this.reader.trySeek(position)) return false;
    this.reader.find(position);
    return this.reader.metadata().commitId === commitId;
  }

  private remove(run: CommitIdRun): void {
    this.context.pool.close(run.path);
    this.context.fileSystem.remove(run.path);
  }
}

/** How many files, from the first on, are whole, and reach no further than `from` or begin before the first event left. */
function wholeRuns(runs: readonly CommitIdRun[], from: number, firstPosition: number): number {
  const count = runs.findIndex((run) => (run.last > from && run.base + 1 >= firstPosition) || !run.isWhole());
  return count < 0 ? runs.length : count;
}

/** Its hash says that it may be the commit with this id. The events are gone, so nobody can check, and it is not committed again. */
function droppedCommit(path: string, commitId: string, position: number): VarveError {
  return new VarveError(
    'EVENTS_DROPPED',
    `The commit with the id ${JSON.stringify(commitId)} is at position ${position} of ${path}, and was dropped.`,
    { path, position, hint: 'It was committed before. Nothing was committed now.' },
  );
}
