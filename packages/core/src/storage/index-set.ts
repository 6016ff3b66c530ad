/**
 * All indexes of a store: for each one an ascending list of positions, most of it in immutable runs on disk, the rest
 * in memory. Opening reads the directories of the runs and no history; a list is looked up piece by piece.
 *
 * Invariant: the runs cover everything up to the base of the tail, without gaps, and the tail everything behind it.
 */
import type { FrameView } from '../format/frame.ts';
import { type IndexRun } from './index-run.ts';
import { Postings } from './postings.ts';
import { ChainedPositions, ListedPositions, type PositionSequence } from './position-sequence.ts';

/** The count of an index in all runs that was not asked for yet. */
const unknownCount = 0xffff_ffff;

export class IndexSet {
  /** Epoch of the history that the postings are of, for the runs that are made of them. */
  epoch = 0;
  private runs: readonly IndexRun[] = [];
  /** Runs that were made for events that were there before an index, by the id of the index they were made for. */
  private readonly backfills = new Map<number, IndexRun>();
  /** Those that hold the postings of many indexes, such as one for each type. */
  private familyBackfills: readonly IndexRun[] = [];
  private tail = new Postings(0);
  /** By index id: its postings in the runs and its backfill. */
  private runCounts = new Uint32Array(256).fill(unknownCount);
  /** Takes in what is visible and not here: after events were cut off, or where there are fewer runs than before. */
  private readonly catchUp: () => void;

  constructor(catchUp: () => void = () => undefined) {
    this.catchUp = catchUp;
  }

  /** All positions up to this one have been taken in. */
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

  /** Adds the events of a frame that comes next. */
  addFrame(frame: FrameView): void {
    const { position, lastPosition, streamId } = frame;
    for (let event = position; event <= lastPosition; event++) this.add(streamId, event);
    frame.forEachLink((event, indexId) => this.add(indexId, position + event));
    this.coverTo(lastPosition);
  }

  /** Notes that everything up to `position` was added, also where it belonged to no index. */
  coverTo(position: number): void {
    this.tail.coverTo(position);
  }

  /** Length of the list: the version of the stream. */
  count(indexId: number): number {
    return this.countInRuns(indexId) + this.tail.count(indexId);
  }

  /** Entries of the list that are at or before `position`: the version of the stream at that point. */
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

  /** The position with this version, wherever it is by now; NaN when the list ends before it. */
  positionOf(indexId: number, version: number): number {
    this.catchUp();
    return version > this.count(indexId) ? NaN : this.positions(indexId, version, version).at(0);
  }

  /** Takes back everything behind `position`; runs that reach behind it go as a whole. */
  cutTo(position: number): void {
    const { runs } = this;
    this.runs = runs.filter(({ header }) => header.last <= position);
    for (const run of runs) if (!this.runs.includes(run)) run.close();
    this.runCounts.fill(unknownCount);
    if (this.runsCover < this.tail.base) this.tail = new Postings(this.runsCover);
    else this.tail.cutTo(position);
  }

  /** Forgets what may not be there any more: all but the backfills, which are made of durable events. */
  reset(): void {
    for (const run of this.runs) run.close();
    this.runs = [];
    this.runCounts.fill(unknownCount);
    this.tail = new Postings(0);
  }

  /**
   * Takes these runs, without gaps from the first position on, in the place of those before. What they cover leaves
   * memory.
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
   * The same, unless they cover less. Those that are here were merged then, with others that reach behind what is visible: they
   * are still right, though their files are gone.
   */
  useRunsUnlessShorter(runs: readonly IndexRun[]): void {
    if ((runs.at(-1)?.header.last ?? 0) >= this.runsCover) return this.useRuns(runs);
    for (const run of runs) if (!this.runs.includes(run)) run.close();
  }

  /** Not a damaged one, which may have been made again since: it is to be opened anew. */
  hasBackfill(indexId: number): boolean {
    return this.backfills.get(indexId)?.isDamaged === false;
  }

  /** Takes the run that was made for the index, or for the family of indexes, with this id; one before it goes. */
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

  /** Takes these runs and this tail, which begins where they end, in the place of all but the backfills. */
  replace(runs: readonly IndexRun[], tail: Postings): void {
    const dropped = this.runs.filter((run) => !runs.includes(run));
    this.runs = runs;
    this.tail = tail;
    for (const run of dropped) run.close();
    this.runCounts.fill(unknownCount);
  }

  /** Gives all files back. */
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

  /** What the runs cover leaves the tail; all that is known of an index stays as many postings as it was. */
  private shortenTail(): void {
    const { tail, runCounts, runsCover } = this;
    if (tail.covered < runsCover) runCounts.fill(unknownCount);
    this.addToRunCounts(1);
    tail.dropUpTo(runsCover);
    this.addToRunCounts(-1);
  }

  /** Adds what the tail has of each index, or takes it away, where the count is known. */
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
