/**
 * Which positions belong to which index, in memory. An index (a write stream, later also a derived one) is an
 * ascending list of positions; all lists share three arrays, in which each entry points back to the one before it in
 * its list. An entry takes 12 bytes, and a list of its own none beyond its last entry and its length, so that a
 * million short streams cost no objects.
 *
 * Rebuilt from frames; the process that follows the frames is the only one that adds.
 */

/** Entries of a list, oldest first. */
export type PositionList = Float64Array;

export class Postings {
  /** Entry e (counted from 1) is `positions[e]`, of index `owners[e]`, after entry `before[e]` of that index. */
  private positions = new Float64Array(1024);
  private owners = new Uint32Array(1024);
  private before = new Uint32Array(1024);
  private entryCount = 0;
  /** By index id: its last entry, and how many it has. */
  private lastEntries = new Uint32Array(256);
  private counts = new Uint32Array(256);
  private coveredTo = 0;

  /** All positions up to this one have been added. */
  get covered(): number {
    return this.coveredTo;
  }

  /** Notes that everything up to `position` was added, also where it belonged to no index. */
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

  /** Length of the list: the version of the stream. */
  count(indexId: number): number {
    return this.counts[indexId] ?? 0;
  }

  /** The positions with versions `from..to` (1-based, both included); `to` must not exceed the count. */
  slice(indexId: number, from: number, to: number): PositionList {
    const list = new Float64Array(Math.max(0, to - from + 1));
    let entry = this.lastEntries[indexId] ?? 0;
    for (let version = this.count(indexId); version >= from; version--) {
      if (version <= to) list[version - from] = this.positions[entry]!;
      entry = this.before[entry]!;
    }
    return list;
  }

  /** Entries of the list that are at or before `position`: the version of the stream at that point. */
  countUpTo(indexId: number, position: number): number {
    let version = this.count(indexId);
    let entry = this.lastEntries[indexId] ?? 0;
    while (version > 0 && this.positions[entry]! > position) {
      entry = this.before[entry]!;
      version--;
    }
    return version;
  }

  /** Takes back everything behind `position`. */
  cutTo(position: number): void {
    while (this.entryCount > 0 && this.positions[this.entryCount]! > position) {
      const owner = this.owners[this.entryCount]!;
      this.lastEntries[owner] = this.before[this.entryCount]!;
      this.counts[owner]!--;
      this.entryCount--;
    }
    this.coveredTo = Math.min(this.coveredTo, position);
  }

  private growEntries(): void {
    const size = this.positions.length * 2;
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

function copyInto<Array_ extends Float64Array | Uint32Array>(larger: Array_, smaller: Array_): Array_ {
  larger.set(smaller);
  return larger;
}
