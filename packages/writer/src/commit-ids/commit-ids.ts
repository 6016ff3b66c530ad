/**
 * Which commit ids callers gave, and where: the newest in memory, the others in immutable files. A store in which
 * nobody gives ids has none of it, and pays nothing. Why this way: docs/decisions/0012-commit-ids.md.
 *
 * Invariants: the files cover all positions up to the last one's end, and memory everything behind it; what is found
 * counts only when the event there has the id.
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
  type PartitionContext,
  replaceFile,
  temporarySuffix,
  unavailable,
} from '@varve/core/internal';
import { asDiskFull, whenThereIsRoom } from '../disk-full.ts';
import type { WritableStorage } from '../writable-storage.ts';
import { CommitIdRun } from './commit-id-run.ts';
import { type EarlierCommit, readEarlierCommit } from './earlier-commit.ts';

/** Ids in memory before a file is made of them. */
const idsPerRun = 65_536;
/** Positions after which a file is made of however few there are, so that a crash leaves little to read again. */
const positionsPerRun = 131_072;
/** Files of one size before they are merged, and the size that is not merged further. */
const runsPerMerge = 16;
const maxMergedIds = idsPerRun * runsPerMerge;

export class CommitIds {
  private readonly context: PartitionContext;
  private readonly directory: string;
  private readonly storage: WritableStorage;
  private readonly reader: EventReader;
  private readonly ownPrefix: string;
  /** In order; undefined while no caller ever gave an id. */
  private runs: CommitIdRun[] | undefined;
  private readonly recent = new Map<string, number>();

  /**
   * Takes in what is on disk; events up to `end` are there. Where `mayHaveIds` says that they may have ids, and the folder
   * is missing, it is made again from all of them.
   */
  constructor(
    context: PartitionContext,
    storage: WritableStorage,
    { end, mayHaveIds }: { readonly end: number; readonly mayHaveIds: boolean },
  ) {
    this.context = context;
    this.directory = `${context.indexDirectory}/${fileNames.commitIds}`;
    this.storage = storage;
    this.reader = new EventReader(storage);
    this.ownPrefix = storage.commitIdPrefix;
    this.runs = this.findRuns(end);
    // A store that dropped events has the folder.
    if (this.runs === undefined && (mayHaveIds || context.segments.firstPosition > 1)) {
      context.segments.assertIndexed(0, this.directory);
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
   * Makes the files that reach behind `from` again from the frames up to `end`, where everything is durable. A store
   * that lost the folder gets it again when `mayHaveIds` says that there are frames in which an id may be.
   */
  rebuild(from: number, end: number, mayHaveIds: boolean): void {
    if (this.runs === undefined && !mayHaveIds) return;
    const later = [...this.recent].filter(([, position]) => position > end);
    const kept = this.runs ?? [];
    const { segments } = this.context;
    const whole = kept.slice(0, wholeRuns(kept, from, segments.firstPosition));
    segments.assertIndexed(whole.at(-1)?.last ?? 0, this.directory);
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

  /** Makes room for ids: to be called before anything of the first commit with one is appended. */
  begin(durable: number): void {
    try {
      this.runs ??= this.makeFirstRun(durable);
    } catch (error) {
      throw unavailable(this.directory, asDiskFull(error, this.directory));
    }
  }

  /** Takes the id of a commit that was appended. */
  add(commitId: string, position: number): void {
    this.recent.set(commitId, position);
  }

  /** To be called after each flush, and with `isLast` before the store is closed. */
  keepUp(flushed: number, isLast: boolean): void {
    if (this.runs === undefined) return;
    const isDue = this.recent.size >= idsPerRun || flushed - this.covered >= positionsPerRun;
    if (!isDue && !(isLast && flushed > this.covered)) return;
    // Where there is no room, they stay in memory.
    whenThereIsRoom(() => this.writeRecent(flushed));
  }

  /** Makes files of all ids up to `durable`, the last position of the store. Throws `DISK_FULL`. */
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

  /** Does the work, once more when a file turned out to be damaged and was made again. */
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

  /** The first id in the life of the store: none lies before it, and what is durable is never cut off. */
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
    const place = { directory: this.directory, path, temporaryPath: path + temporarySuffix };
    // There may be a file of this name that is damaged.
    this.context.pool.close(path);
    const { fileSystem, seed } = this.context;
    replaceFile(fileSystem, place, encodeCommitIdRun(entries, { seed, base, last }), true);
    return new CommitIdRun(this.context, path, { base, last });
  }

  /**
   * Small neighbours at the end become one, so that their number grows with the logarithm of the ids. Only those of durable
   * events: one that reached behind the end of the store after a crash would be of no use, and have taken the place of others
   * that cannot be made again where events were dropped.
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
    const runs: CommitIdRun[] = [];
    for (let base = 0; ; base = runs.at(-1)!.last) {
      const next = found.filter((range) => range.base === base && range.last <= end);
      const longest = next.toSorted((left, right) => right.last - left.last)[0];
      // Only the first of all may cover nothing: it was made with the first id.
      if (longest === undefined || (longest.last === base && runs.length > 0)) break;
      const path = `${this.directory}/${commitIdsFileName(longest.base, longest.last)}`;
      runs.push(new CommitIdRun(this.context, path, longest));
    }
    // Before anything is removed: what a store is refused for must still be there to be looked at.
    this.context.segments.assertIndexed(runs.at(-1)?.last ?? 0, this.directory);
    this.removeUnused(runs);
    return runs;
  }

  /** Removes parts of merged files, and what reaches behind the point that a recovery cut the store back to. */
  private removeUnused(runs: readonly CommitIdRun[]): void {
    const used = new Set(runs.map((run) => run.path));
    for (const name of this.context.fileSystem.list(this.directory) ?? []) {
      const path = `${this.directory}/${name}`;
      if (used.has(path)) continue;
      this.context.pool.close(path);
      this.context.fileSystem.remove(path);
    }
  }

  /** Finds the ids in the frames that no file covers, up to `last`; where they are many, files are made of them. */
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

  /** The position that an id which the store itself gave leads to. */
  private ownPosition(commitId: string): number | undefined {
    if (!commitId.startsWith(this.ownPrefix)) return undefined;
    const [epoch, position] = (/^(\d+)-([1-9]\d{0,14})$/.exec(commitId.slice(this.ownPrefix.length)) ?? [])
      .slice(1)
      .map(Number);
    if (epoch === undefined || position === undefined) return undefined;
    const { segments } = this.context;
    if (position < segments.firstPosition && segments.droppedEpochAt(position) !== epoch) return undefined;
    return position > 0 && this.isAt(position, commitId) ? position : undefined;
  }

  private isAt(position: number, commitId: string): boolean {
    if (position < this.context.segments.firstPosition) throw droppedCommit(this.context.directory, commitId, position);
    if (position > this.storage.publishedPosition && !this.reader.trySeek(position)) return false;
    this.reader.find(position);
    return this.reader.metadata().commitId === commitId;
  }

  private remove(run: CommitIdRun): void {
    this.context.pool.close(run.path);
    this.context.fileSystem.remove(run.path);
  }
}

/** How many of the files, from the first on, are whole, and reach no further than `from` or begin before what is left. */
function wholeRuns(runs: readonly CommitIdRun[], from: number, firstPosition: number): number {
  const count = runs.findIndex((run) => (run.last > from && run.base + 1 >= firstPosition) || !run.isWhole());
  return count < 0 ? runs.length : count;
}

/** It may be the commit with this id, as its hash says: nobody can look any more, so it is not committed again. */
function droppedCommit(path: string, commitId: string, position: number): VarveError {
  return new VarveError(
    'EVENTS_DROPPED',
    `The commit with the id ${JSON.stringify(commitId)} is at position ${position} of ${path}, and was dropped.`,
    { path, position, hint: 'It was committed before. Nothing was committed now.' },
  );
}
