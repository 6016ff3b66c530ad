/**
 * Streams by name and by id. Those that the name index covers stay on disk and are looked up one by one; those behind
 * it are in memory. So a store with a million streams opens without reading their names.
 */
import { hashName, type NameIndexContents } from '../format/name-index.ts';
import { mergeNames } from './merge-names.ts';
import type { NamedEntry } from './readable-catalog.ts';

/** Streams that were looked up and are kept in memory for the next time. */
const maxLookedUp = 65_536;

export class StreamNames {
  private readonly readRecord: (offset: number) => NamedEntry;
  private index: NameIndexContents | undefined;
  private recentByName = new Map<string, NamedEntry>();
  private recentById = new Map<number, NamedEntry>();
  /** Offsets of the records of recent streams, in the order of `recentByName`. */
  private recentOffsets: number[] = [];
  private readonly lookedUpByName = new Map<string, NamedEntry>();
  private readonly lookedUpById = new Map<number, NamedEntry>();

  /** `readRecord` reads the record of a stream at an offset of the catalog. */
  constructor(readRecord: (offset: number) => NamedEntry) {
    this.readRecord = readRecord;
  }

  get count(): number {
    return this.indexedCount + this.recentCount;
  }

  get indexedCount(): number {
    return this.index?.ids.length ?? 0;
  }

  get recentCount(): number {
    return this.recentByName.size;
  }

  add(entry: NamedEntry, offset: number): void {
    this.recentByName.set(entry.name, entry);
    this.recentById.set(entry.id, entry);
    this.recentOffsets.push(offset);
  }

  named(name: string): NamedEntry | undefined {
    return this.recentByName.get(name) ?? this.lookedUpByName.get(name) ?? this.findNamed(name);
  }

  withId(id: number): NamedEntry | undefined {
    return this.recentById.get(id) ?? this.lookedUpById.get(id) ?? this.findWithId(id);
  }

  /** All streams, in the order in which they were made. */
  *all(): Generator<NamedEntry, undefined> {
    const { index } = this;
    for (let slot = 0; slot < this.indexedCount; slot++) yield this.readRecord(offsetAt(index!, slot));
    yield* this.recentByName.values();
    return undefined;
  }

  /** The streams with ids above `id` and below `end`, in the order in which they were made. */
  *between(id: number, end: number): Generator<NamedEntry, undefined> {
    const { index } = this;
    let last = id;
    for (let slot = index === undefined ? 0 : lowerBound(index.ids, id + 1); slot < this.indexedCount; slot++) {
      last = index!.ids[slot]!;
      yield this.recentById.get(last) ?? this.lookedUpById.get(last) ?? this.readRecord(offsetAt(index!, slot));
    }
    while (++last < end) {
      const entry = this.recentById.get(last);
      if (entry !== undefined) yield entry;
    }
    return undefined;
  }

  /** Takes an index that covers the catalog up to some record; what it covers leaves memory. */
  use(index: NameIndexContents): void {
    this.index = index;
    this.recentByName = new Map();
    this.recentById = new Map();
    this.recentOffsets = [];
  }

  /** An index that covers all streams by now. */
  buildIndex(
    catalog: Pick<NameIndexContents, 'covers' | 'lastChecksum' | 'nextId'> & {
      readonly otherOffsets: readonly number[];
    },
  ): NameIndexContents {
    const { covers, lastChecksum, nextId, otherOffsets } = catalog;
    const names = mergeNames(this.index, [...this.recentByName.values()], this.recentOffsets);
    const othersLow = Uint32Array.from(otherOffsets, (offset) => offset % twoTo32);
    const othersHigh = Uint32Array.from(otherOffsets, (offset) => Math.floor(offset / twoTo32));
    return { covers, lastChecksum, nextId, ...names, othersLow, othersHigh };
  }

  private findNamed(name: string): NamedEntry | undefined {
    const { index } = this;
    if (index === undefined) return undefined;
    const hash = hashName(name);
    for (let slot = lowerBound(index.hashes, hash); index.hashes[slot] === hash; slot++) {
      const entry = this.findWithId(index.hashIds[slot]!);
      if (entry?.name === name) return entry;
    }
    return undefined;
  }

  private findWithId(id: number): NamedEntry | undefined {
    const { index } = this;
    if (index === undefined) return undefined;
    const slot = lowerBound(index.ids, id);
    if (index.ids[slot] !== id) return undefined;
    const entry = this.readRecord(offsetAt(index, slot));
    if (this.lookedUpByName.size >= maxLookedUp) {
      this.lookedUpByName.clear();
      this.lookedUpById.clear();
    }
    this.lookedUpByName.set(entry.name, entry);
    this.lookedUpById.set(id, entry);
    return entry;
  }
}

const twoTo32 = 0x1_0000_0000;

function offsetAt(index: NameIndexContents, slot: number): number {
  return index.offsetsLow[slot]! + index.offsetsHigh[slot]! * twoTo32;
}

/** Place of the first number that is not below `wanted`. */
function lowerBound(numbers: Uint32Array, wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
