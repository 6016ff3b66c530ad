/**
 * The newest postings of all indexes, in memory. All lists share three arrays, in which each entry points back to the
 * one before it in its list. An entry takes 16 bytes, and a list nothing beyond its last entry and its length, so that
 * a million short streams cost no objects.
 */
import { maxPosting, type RunContents } from '../format/run.ts';

/** After growing a few times by `growth` there is room for a run's events and those that arrive until it is written. */
const firstRoom = 160;
const growth = 4;

export class Postings {
  private start: number;
  /** Entry e (counted from 1) is `positions[e]`, of index `owners[e]`, after entry `before[e]` of that index. */
  private positions: Float64Array;
  private owners: Uint32Array;
  private before: Uint32Array;
  private entryCount = 0;
  /** By index id: its last entry, and how many it has. */
  private lastEntries = new Uint32Array(256);
  private counts = new Uint32Array(256);
  private coveredTo: number;

  constructor(base: number) {
    this.start = base;
    this.coveredTo = base;
    this.positions = new Float64Array(firstRoom);
    this.owners = new Uint32Array(firstRoom);
    this.before = new Uint32Array(firstRoom);
  }

  /** Position before the first that belongs here. */
  get base(): number {
    return this.start;
  }

  /** All positions up to this one have been added. */
  get covered(): number {
    return this.coveredTo;
  }

  get size(): number {
    return this.entryCount;
  }

  /** Notes that everything up to `position` was added, even if it belonged to no index. */
  coverTo(position: number): void {
    this.coveredTo = position;
  }

  /** Appends `position`, larger than all before it in this index. */
  add(indexId: number, position: number): void {
    const entry = ++this.entryCount;
    if (entry >= this.positions.length) this.growEntries();
    if (indexId >= this.counts.length) this.growIndexes(indexId);
    this.positions[entry] = position;
    this.owners[entry] = indexId;
    this.before[entry] = this.lastEntries[indexId]!;
    this.lastEntries[indexId] = entry;
    this.counts[indexId]!++;
  }

  /** Length of the list. */
  count(indexId: number): number {
    return this.counts[indexId] ?? 0;
  }

  /** The postings numbered `from..to` (1-based, both included); `to` must not exceed the count. */
  slice(indexId: number, from: number, to: number): Float64Array {
    const list = new Float64Array(Math.max(0, to - from + 1));
    let entry = this.lastEntries[indexId] ?? 0;
    for (let number = this.count(indexId); number >= from; number--) {
      if (number <= to) list[number - from] = this.positions[entry]!;
      entry = this.before[entry]!;
    }
    return list;
  }

  /** Number of entries of the list at or before `position`. */
  countUpTo(indexId: number, position: number): number {
    let count = this.count(indexId);
    let entry = this.lastEntries[indexId] ?? 0;
    while (count > 0 && this.positions[entry]! > position) {
      entry = this.before[entry]!;
      count--;
    }
    return count;
  }

  /** Removes everything after `position`. */
  cutTo(position: number): void {
    while (this.entryCount > 0 && this.positions[this.entryCount]! > position) {
      const owner = this.owners[this.entryCount]!;
      this.lastEntries[owner] = this.before[this.entryCount]!;
      this.counts[owner]!--;
      this.entryCount--;
    }
    this.coveredTo = Math.min(this.coveredTo, position);
  }

  /** Drops everything up to `position`, which becomes the base; what comes then goes into the same memory. */
  dropUpTo(position: number): void {
    const { entryCount, owners, positions } = this;
    let entry = 1;
    while (entry <= entryCount && positions[entry]! <= position) entry++;
    this.lastEntries.fill(0);
    this.counts.fill(0);
    this.entryCount = 0;
    // Each entry moves towards the start, so none is overwritten before it is read.
    for (; entry <= entryCount; entry++) this.add(owners[entry]!, positions[entry]!);
    this.start = position;
    this.coveredTo = Math.max(position, this.coveredTo);
  }

  /** Everything, sorted by index. Takes time in proportion to the entries and the ids. Throws `RangeError` for what no run can hold. */
  toRun(epoch: number): RunContents {
    const { counts, owners, positions, entryCount, base } = this;
    const farthest = entryCount === 0 ? 0 : positions[entryCount]! - base;
    if (farthest > maxPosting) throw new RangeError(`No run can hold the posting ${farthest}`);
    const used = this.usedIndexes();
    const starts = new Uint32Array(used.length);
    const next = new Uint32Array(counts.length);
    let start = 0;
    for (const [slot, indexId] of used.entries()) {
      starts[slot] = start;
      next[indexId] = start;
      start += counts[indexId]!;
    }
    const postings = new Uint32Array(entryCount);
    for (let entry = 1; entry <= entryCount; entry++) {
      postings[next[owners[entry]!]!++] = positions[entry]! - base;
    }
    return { base, last: this.coveredTo, onlyIndex: 0, epoch, ids: used, starts, postings };
  }

  private usedIndexes(): Uint32Array {
    let used = 0;
    for (const count of this.counts) if (count > 0) used++;
    const ids = new Uint32Array(used);
    let slot = 0;
    for (let indexId = 0; indexId < this.counts.length; indexId++) if (this.counts[indexId]! > 0) ids[slot++] = indexId;
    return ids;
  }

  private growEntries(): void {
    const size = this.positions.length * growth;
    this.positions = copyInto(new Float64Array(size), this.positions);
    this.owners = copyInto(new Uint32Array(size), this.owners);
    this.before = copyInto(new Uint32Array(size), this.before);
  }

  private growIndexes(indexId: number): void {
    const size = Math.max(indexId + 1, this.counts.length * 2);
    this.lastEntries = copyInto(new Uint32Array(size), this.lastEntries);
    this.counts = copyInto(new Uint32Array(size), this.counts);
  }
}

function copyInto<Numbers extends Float64Array | Uint32Array>(larger: Numbers, smaller: Numbers): Numbers {
  larger.set(smaller);
  return larger;
}
