/**
 * All indexes of a store: for each one an ascending list of positions, most of it in immutable runs on disk, the rest
 * in memory. Opening reads the directories of the runs and no history; a list is looked up piece by piece.
 *
 * Invariant: the runs cover everything up to the base of the tail, without gaps, and the tail everything after it.
 */
import type { FrameView } from '../format/frame.ts';
import { type IndexRun } from './index-run.ts';
import { Postings } from './postings.ts';
import { ChainedPositions, ListedPositions, type PositionSequence } from './position-sequence.ts';

/** Marks a count in the runs that has not been requested yet. */
const unknownCount = 0xffff_ffff;

export class IndexSet {
  /** Epoch of the history that the postings belong to, for the runs that are made from them. */
  epoch = 0;
  private runs: readonly IndexRun[] = [];
  /** Runs of events that existed before an index, by the id of the index that they were made for. */
  private readonly backfills = new Map<number, IndexRun>();
  /** Those that hold the postings of many indexes, such as one for each type. */
  private familyBackfills: readonly IndexRun[] = [];
  private tail = new Postings(0);
  /** By index id: the number of its postings in the runs and its backfill. */
  private runCounts = new Uint32Array(256).fill(unknownCount);
  /** Adds what is visible and missing here: after events were cut off, or where there are fewer runs than before. */
  private readonly catchUp: () => void;

  constructor(catchUp: () => void = () => undefined) {
    this.catchUp = catchUp;
  }

  /** All positions up to this one have been added. */
  get covered(): number {
    return this.tail.covered;
  }

  /** The runs hold everything up to this position. */
  get runsCover(): number {
    return this.runs.at(-1)?.header.last ?? 0;
  }

  /** Postings in memory. */
  get tailEntries(): number {
    return this.tail.size;
  }

  get runList(): readonly IndexRun[] {
    return this.runs;
  }

  /** Appends `position`, larger than all before it in this index. */
  add(indexId: number, position: number): void {
    this.tail.add(indexId, position);
  }

  /** Adds the events of the next frame. */
  addFrame(frame: FrameView): void {
    const { position, lastPosition, streamId } = frame;
    for (let event = position; event <= lastPosition; event++) this.add(streamId, event);
    frame.forEachLink((event, indexId) => this.add(indexId, position + event));
    this.coverTo(lastPosition);
  }

  /** Notes that everything up to `position` was added, even if it belonged to no index. */
  coverTo(position: number): void {
    this.tail.coverTo(position);
  }

  /** Length of the list: the version of the stream. */
  count(indexId: number): number {
    return this.countInRuns(indexId) + this.tail.count(indexId);
  }

  /** Number of entries of the list at or before `position`: the version of the stream at that point. */
  countUpTo(indexId: number, position: number): number {
    if (position >= this.covered) return this.count(indexId);
    if (position >= this.runsCover && position >= this.backfilledTo(indexId)) {
      return this.countInRuns(indexId) + this.tail.countUpTo(indexId, position);
    }
    let count = position > this.runsCover ? this.tail.countUpTo(indexId, position) : 0;
    for (const run of this.runsOf(indexId)) {
      if (run.header.last <= position) count += run.count(indexId);
      else if (run.header.base < position) count += countInRunUpTo(run, indexId, position);
    }
    return count;
  }

  /** The positions with versions `from..to` (1-based, both included); `to` must not exceed the count. */
  positions(indexId: number, from: number, to: number): PositionSequence {
    const parts: PositionSequence[] = [];
    let before = 0;
    for (const run of this.runsOf(indexId)) {
      const count = run.count(indexId);
      const [first, last] = [Math.max(from, before + 1), Math.min(to, before + count)];
      const range = { indexId, first, skip: first - before - 1, length: last - first + 1 };
      if (first <= last) parts.push(new RunPositions(this, run, range));
      before += count;
    }
    const first = Math.max(from, before + 1);
    if (first <= to) parts.push(new ListedPositions(this.tail.slice(indexId, first - before, to - before)));
    return parts.length === 1 ? parts[0]! : new ChainedPositions(parts);
  }

  /** The position with this version, wherever it is stored by now; NaN when the list ends before it. */
  positionOf(indexId: number, version: number): number {
    this.catchUp();
    return version > this.count(indexId) ? NaN : this.positions(indexId, version, version).at(0);
  }

  /** Removes everything after `position`; a run that reaches beyond it is removed as a whole. */
  cutTo(position: number): void {
    const { runs } = this;
    this.runs = runs.filter(({ header }) => header.last <= position);
    for (const run of runs) if (!this.runs.includes(run)) run.close();
    this.runCounts.fill(unknownCount);
    if (this.runsCover < this.tail.base) this.tail = new Postings(this.runsCover);
    else this.tail.cutTo(position);
  }

  /** Forgets what may no longer exist: all but the backfills, which are made of durable events. */
  reset(): void {
    for (const run of this.runs) run.close();
    this.runs = [];
    this.runCounts.fill(unknownCount);
    this.tail = new Postings(0);
  }

  /**
   * Uses these runs, without gaps from the first position on, instead of those before. What they cover leaves memory.
   */
  useRuns(runs: readonly IndexRun[]): void {
    const dropped = this.runs.filter((run) => !runs.includes(run));
    this.runs = runs;
    for (const run of dropped) run.close();
    if (this.runsCover > this.tail.base) this.shortenTail();
    if (this.runsCover === this.tail.base) return;
    // They cover less than those before: what is missing is read from frames again.
    this.runCounts.fill(unknownCount);
    this.tail = new Postings(this.runsCover);
  }

  /**
   * The same, unless they cover less. The present ones were then merged with others into runs that reach beyond what is
   * visible: they are still right, though their files are gone.
   */
  useRunsUnlessShorter(runs: readonly IndexRun[]): void {
    if ((runs.at(-1)?.header.last ?? 0) >= this.runsCover) return this.useRuns(runs);
    for (const run of runs) if (!this.runs.includes(run)) run.close();
  }

  /** Whether there is an undamaged backfill. A damaged one may have been rebuilt since, so it must be opened again. */
  hasBackfill(indexId: number): boolean {
    return this.backfills.get(indexId)?.isDamaged === false;
  }

  /**
   * Uses the run that was made for the index, or for the family of indexes, with this id, instead of an earlier one.
   */
  addBackfill(indexId: number, run: IndexRun): void {
    this.removeBackfill(indexId);
    this.backfills.set(indexId, run);
    if (run.contents.ids.some((id) => id !== indexId)) this.familyBackfills = [...this.familyBackfills, run];
  }

  removeBackfill(indexId: number): void {
    const run = this.backfills.get(indexId);
    this.backfills.delete(indexId);
    this.familyBackfills = this.familyBackfills.filter((family) => family !== run);
    run?.close();
    this.runCounts.fill(unknownCount);
  }

  /** Uses these runs and this tail, which begins where they end, instead of everything but the backfills. */
  replace(runs: readonly IndexRun[], tail: Postings): void {
    const dropped = this.runs.filter((run) => !runs.includes(run));
    this.runs = runs;
    this.tail = tail;
    for (const run of dropped) run.close();
    this.runCounts.fill(unknownCount);
  }

  /** Closes all files. */
  close(): void {
    for (const run of this.backfills.values()) run.close();
    this.backfills.clear();
    this.familyBackfills = [];
    this.reset();
  }

  /** The tail as the contents of a run that continues the runs. */
  tailContents(): ReturnType<Postings['toRun']> {
    return this.tail.toRun(this.epoch);
  }

  /** Removes from the tail what the runs cover; the known counts of an index add up to the same as before. */
  private shortenTail(): void {
    const { tail, runCounts, runsCover } = this;
    if (tail.covered < runsCover) runCounts.fill(unknownCount);
    this.addToRunCounts(1);
    tail.dropUpTo(runsCover);
    this.addToRunCounts(-1);
  }

  /** Adds the tail's postings of each index, or subtracts them, where the count is known. */
  private addToRunCounts(sign: 1 | -1): void {
    const { tail, runCounts } = this;
    for (let indexId = 0; indexId < runCounts.length; indexId++) {
      if (runCounts[indexId] !== unknownCount) runCounts[indexId]! += sign * tail.count(indexId);
    }
  }

  private countInRuns(indexId: number): number {
    if (this.runs.length === 0 && this.backfills.size === 0) return 0;
    if (indexId >= this.runCounts.length) this.growCounts(indexId);
    const known = this.runCounts[indexId]!;
    if (known !== unknownCount) return known;
    let count = 0;
    const runs = this.backfills.size === 0 ? this.runs : this.runsOf(indexId);
    for (const run of runs) count += run.count(indexId);
    this.runCounts[indexId] = count;
    return count;
  }

  private *runsOf(indexId: number): Generator<IndexRun, undefined> {
    const backfill = this.backfills.get(indexId);
    if (backfill === undefined) yield* this.familyBackfills;
    else yield backfill;
    yield* this.runs;
    return undefined;
  }

  private backfilledTo(indexId: number): number {
    const backfill = this.backfills.get(indexId);
    if (backfill !== undefined) return backfill.header.last;
    return this.familyBackfills.reduce((last, run) => Math.max(last, run.header.last), 0);
  }

  private growCounts(indexId: number): void {
    const larger = new Uint32Array(Math.max(indexId + 1, this.runCounts.length * 2)).fill(unknownCount);
    larger.set(this.runCounts);
    this.runCounts = larger;
  }
}

/** A range of the postings of one index in one run; the versions in it begin with `first`. */
interface RunRange {
  readonly indexId: number;
  readonly first: number;
  readonly skip: number;
  readonly length: number;
}

class RunPositions implements PositionSequence {
  readonly length: number;
  private readonly indexes: IndexSet;
  private readonly run: IndexRun;
  private readonly range: RunRange;
  private readonly firstEntry: number;

  constructor(indexes: IndexSet, run: IndexRun, range: RunRange) {
    this.indexes = indexes;
    this.run = run;
    this.range = range;
    this.length = range.length;
    this.firstEntry = run.firstEntry(range.indexId) + range.skip;
  }

  at(index: number): number {
    if (!this.run.isClosed) return this.run.positionOf(this.firstEntry + index);
    // The run was merged into another one since: the same version of the same list is found there.
    return this.indexes.positionOf(this.range.indexId, this.range.first + index);
  }
}

function countInRunUpTo(run: IndexRun, indexId: number, position: number): number {
  const count = run.count(indexId);
  if (count === 0) return 0;
  const first = run.firstEntry(indexId);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (run.positionOf(first + middle) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
