/**
 * Streams by name and by id. Those that the name index covers stay on disk and are looked up one by one; those behind
 * it are in memory. So a store with a million streams opens without reading their names.
 */
import { hashName, type NameIndexContents } from '../format/name-index.ts';
import { lowerBound, placeOf } from './ascending.ts';
import { HashDirectory } from './hash-directory.ts';
import { mergeNames } from './merge-names.ts';
import type { NamedEntry } from './readable-catalog.ts';

/**
 * Streams that were looked up and are kept in memory for the next time, each in the one place for its hash and the one
 * for its id, where it stays until another takes it.
 */
const maxLookedUp = 65_536;

export class StreamNames {
  private readonly readRecord: (offset: number) => NamedEntry;
  private index: NameIndexContents | undefined;
  private directory: HashDirectory | undefined;
  private recentByName = new Map<string, NamedEntry>();
  private recentById = new Map<number, NamedEntry>();
  /** Offsets of the records of recent streams, in the order of `recentByName`. */
  private recentOffsets: number[] = [];
  private lookedUpByHash: (NamedEntry | undefined)[] = [];
  private lookedUpById: (NamedEntry | undefined)[] = [];

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
    return this.recentByName.get(name) ?? this.findNamed(name);
  }

  withId(id: number): NamedEntry | undefined {
    return this.recentById.get(id) ?? this.findWithId(id);
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
      yield this.lookedUp(last) ?? this.readRecord(offsetAt(index!, slot));
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
    this.directory = new HashDirectory(index.hashes);
    const places = Math.min(maxLookedUp, index.ids.length);
    this.lookedUpByHash = Array.from({ length: places });
    this.lookedUpById = Array.from({ length: places });
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
    const { index, directory } = this;
    if (index === undefined || directory === undefined) return undefined;
    const hash = hashName(name);
    const place = hash % this.lookedUpByHash.length;
    const known = this.lookedUpByHash[place];
    if (known?.name === name) return known;
    for (let slot = directory.find(hash); index.hashes[slot] === hash; slot++) {
      const entry = this.findWithId(index.hashIds[slot]!);
      if (entry?.name !== name) continue;
      this.lookedUpByHash[place] = entry;
      return entry;
    }
    return undefined;
  }

  private findWithId(id: number): NamedEntry | undefined {
    const { index } = this;
    if (index === undefined) return undefined;
    const known = this.lookedUp(id);
    if (known !== undefined) return known;
    const slot = placeOf(index.ids, id);
    if (slot < 0) return undefined;
    const entry = this.readRecord(offsetAt(index, slot));
    this.lookedUpById[id % this.lookedUpById.length] = entry;
    return entry;
  }

  private lookedUp(id: number): NamedEntry | undefined {
    const known = this.lookedUpById[id % this.lookedUpById.length];
    return known?.id === id ? known : undefined;
  }
}

const twoTo32 = 0x1_0000_0000;

function offsetAt(index: NameIndexContents, slot: number): number {
  return index.offsetsLow[slot]! + index.offsetsHigh[slot]! * twoTo32;
}
