/** A sorted sequence in blocks: finding an entry takes two binary searches, and inserting one moves at most one block. */

const maxBlockEntries = 512;

/** The place where an entry is, or would be. */
export interface Place {
  readonly block: number;
  readonly index: number;
}

export class SortedEntries<Entry> {
  private readonly compare: (a: Entry, b: Entry) => number;
  /** No block is empty, unless it is the only one. */
  private readonly blocks: Entry[][] = [[]];
  private count = 0;
  /** The number of insertions and removals so far: places remain valid while it stays the same. */
  changes = 0;

  constructor(compare: (a: Entry, b: Entry) => number) {
    this.compare = compare;
  }

  get size(): number {
    return this.count;
  }

  insert(entry: Entry): void {
    const { block, index } = this.placeOf((other) => this.compare(other, entry) < 0);
    const entries = this.blocks[block]!;
    entries.splice(index, 0, entry);
    this.count++;
    this.changes++;
    if (entries.length > maxBlockEntries) this.blocks.splice(block + 1, 0, entries.splice(maxBlockEntries / 2));
  }

  remove(entry: Entry): void {
    const { block, index } = this.placeOf((other) => this.compare(other, entry) < 0);
    const entries = this.blocks[block]!;
    const found = entries[index];
    if (found === undefined || this.compare(found, entry) !== 0) return;
    entries.splice(index, 1);
    this.count--;
    this.changes++;
    if (entries.length === 0 && this.blocks.length > 1) this.blocks.splice(block, 1);
  }

  /** The place of the first entry for which `isBefore` does not hold; it must hold for no entry after that one. */
  placeOf(isBefore: (entry: Entry) => boolean): Place {
    const { blocks } = this;
    const block = firstWithout(blocks.length - 1, (number) => isBefore(blocks[number]!.at(-1)!));
    const entries = blocks[block]!;
    return { block, index: firstWithout(entries.length, (number) => isBefore(entries[number]!)) };
  }

  /** The entries from one place (inclusive) to another (exclusive). */
  *between(from: Place, to: Place): Generator<Entry, undefined> {
    for (let block = from.block; block <= to.block; block++) {
      const entries = this.blocks[block] ?? [];
      const end = block === to.block ? to.index : entries.length;
      for (let index = block === from.block ? from.index : 0; index < end; index++) yield entries[index]!;
    }
    return undefined;
  }

  /** The same, backwards. */
  *betweenBackwards(from: Place, to: Place): Generator<Entry, undefined> {
    for (let block = to.block; block >= from.block; block--) {
      const entries = this.blocks[block] ?? [];
      const start = block === from.block ? from.index : 0;
      for (let index = (block === to.block ? to.index : entries.length) - 1; index >= start; index--) {
        yield entries[index]!;
      }
    }
    return undefined;
  }

  /** The number of entries from one place (inclusive) to another (exclusive), counted by blocks. */
  countBetween(from: Place, to: Place): number {
    if (from.block === to.block) return Math.max(0, to.index - from.index);
    let count = to.index - from.index;
    for (let block = from.block; block < to.block; block++) count += this.blocks[block]!.length;
    return Math.max(0, count);
  }

  get start(): Place {
    return { block: 0, index: 0 };
  }

  get end(): Place {
    const block = this.blocks.length - 1;
    return { block, index: this.blocks[block]!.length };
  }
}

/** The first number below `count` for which `isBefore` does not hold; `count` when it holds for all. */
function firstWithout(count: number, isBefore: (number: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
