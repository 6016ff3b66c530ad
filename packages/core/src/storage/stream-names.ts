/**
 * Streams by name and by id. Those that the name index covers stay on disk and are looked up one by one; later ones are
 * in memory. So a store with a million streams opens without reading their names.
 *
 * A hash only says where to look: a stream is found when the record in the catalog has the name.
 */
import { hashName, type NameIndexContents } from '../format/name-index.ts';
import { LookedUpStreams } from './looked-up-streams.ts';
import { mergeNames } from './merge-names.ts';
import type { NameTable } from './name-table.ts';
import type { NamedEntry } from './readable-catalog.ts';

export class StreamNames {
  private readonly readRecord: (offset: number, id: number) => NamedEntry;
  private index: NameTable | undefined;
  private recentByName = new Map<string, NamedEntry>();
  /** The same streams in the order of their creation, which is that of their ids, and the offsets of their records. */
  private recent: NamedEntry[] = [];
  private recentOffsets: number[] = [];
  private lookedUp = new LookedUpStreams();

  /** `readRecord` reads the record of the stream with this id at an offset of the catalog, or throws. */
  constructor(readRecord: (offset: number, id: number) => NamedEntry) {
    this.readRecord = readRecord;
  }

  get count(): number {
    return this.indexedCount + this.recentCount;
  }

  get indexedCount(): number {
    return this.index?.count ?? 0;
  }

  get recentCount(): number {
    return this.recent.length;
  }

  add(entry: NamedEntry, offset: number): void {
    this.recentByName.set(entry.name, entry);
    this.recent.push(entry);
    this.recentOffsets.push(offset);
  }

  named(name: string): NamedEntry | undefined {
    return this.recentByName.get(name) ?? this.findNamed(name);
  }

  withId(id: number): NamedEntry | undefined {
    return this.recentWithId(id) ?? this.findWithId(id);
  }

  /** All streams, in the order of their creation. */
  *all(): Generator<NamedEntry, undefined> {
    const { index } = this;
    for (let place = 0; place < this.indexedCount; place++) yield this.readAt(index!, place);
    yield* this.recent;
    return undefined;
  }

  /** The streams with ids above `id` and below `end`, in the order of their creation. */
  *between(id: number, end: number): Generator<NamedEntry, undefined> {
    const { index } = this;
    let last = id;
    for (let place = index?.placeAfter(id) ?? 0; place < this.indexedCount; place++) {
      last = index!.idAt(place);
      yield this.lookedUp.withId(last) ?? this.readAt(index!, place);
    }
    for (let place = this.recentPlace(last + 1); place < this.recentCount; place++) {
      const entry = this.recent[place]!;
      if (entry.id >= end) break;
      yield entry;
    }
    return undefined;
  }

  /** Uses an index that covers the catalog up to some record; what it covers leaves memory. */
  use(index: NameTable): void {
    this.close();
    this.index = index;
    this.lookedUp = new LookedUpStreams();
    this.recentByName = new Map();
    this.recent = [];
    this.recentOffsets = [];
  }

  /** Closes the file of the index. */
  close(): void {
    this.index?.close();
  }

  /** An index that covers all streams known by now. */
  buildIndex(
    catalog: Pick<NameIndexContents, 'covers' | 'lastChecksum' | 'nextId'> & {
      readonly otherOffsets: readonly number[];
    },
  ): NameIndexContents {
    const { covers, lastChecksum, nextId, otherOffsets } = catalog;
    const names = mergeNames(this.index?.contents(), this.recent, this.recentOffsets);
    const othersLow = Uint32Array.from(otherOffsets, (offset) => offset % twoTo32);
    const othersHigh = Uint32Array.from(otherOffsets, (offset) => Math.floor(offset / twoTo32));
    return { ...names, covers, lastChecksum, nextId, othersLow, othersHigh };
  }

  private recentWithId(id: number): NamedEntry | undefined {
    const entry = this.recent[this.recentPlace(id)];
    return entry?.id === id ? entry : undefined;
  }

  /** Place of the first recent stream whose id is not below this one; their number when all are below it. */
  private recentPlace(id: number): number {
    const { recent } = this;
    // Ids ascend: a stream's distance from the first one is at most the difference of their ids, and equals it when ids are
    // consecutive.
    let high = Math.min(recent.length, Math.max(0, id - (recent[0]?.id ?? id)));
    if (recent[high]?.id === id) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (recent[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private findNamed(name: string): NamedEntry | undefined {
    const { index } = this;
    if (index === undefined) return undefined;
    const hash = hashName(name);
    const known = this.lookedUp.named(name, hash);
    if (known !== undefined) return known;
    for (let place = index.findHash(hash), id; (id = index.idAtHash(place, hash)) >= 0; place++) {
      const entry = this.findWithId(id);
      if (entry?.name !== name) continue;
      this.lookedUp.keepName(entry, hash);
      return entry;
    }
    return undefined;
  }

  private findWithId(id: number): NamedEntry | undefined {
    const { index } = this;
    if (index === undefined) return undefined;
    const known = this.lookedUp.withId(id);
    if (known !== undefined) return known;
    const place = index.placeOfId(id);
    if (place < 0) return undefined;
    const entry = this.readAt(index, place);
    this.lookedUp.keepId(entry);
    return entry;
  }

  private readAt(index: NameTable, place: number): NamedEntry {
    return this.readRecord(index.offsetAt(place), index.idAt(place));
  }
}

const twoTo32 = 0x1_0000_0000;
