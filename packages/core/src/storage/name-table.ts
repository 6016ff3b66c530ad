/**
 * Looks up streams in a name index: by the hash of the name, or by id. The numbers of an index in pieces are read as they are
 * needed.
 */
import { contentsOf, type NameCounts, type NameIndexContents } from '../format/name-index.ts';
import { fileHeaderBytes } from '../format/file-header.ts';
import type { FileHandle } from '../file-system/file-system.ts';
import type { CheckedNumbers } from './checked-numbers.ts';

const twoTo32 = 0x1_0000_0000;

type NameTableHeader = NameCounts & Pick<NameIndexContents, 'covers' | 'lastChecksum' | 'nextId'>;

/** Where a record that is not a stream begins, and the record before it; undefined when it is the first one. */
export interface OtherRecord {
  readonly offset: number;
  readonly before: number | undefined;
}

export class NameTable {
  readonly header: NameTableHeader;
  private readonly numbers: CheckedNumbers;
  /** The file that the numbers are read from; undefined when all of them are in memory. */
  private file: FileHandle | undefined;
  private readonly hashShift: number;
  /** Where each array begins. */
  private readonly hashIds: number;
  private readonly ids: number;
  private readonly offsetsLow: number;
  private readonly offsetsHigh: number;
  private readonly others: number;
  private readonly hashStarts: number;

  /** The header must be that of a body with a table of hashes. */
  constructor(header: NameTableHeader, numbers: CheckedNumbers, file?: FileHandle) {
    const { nameCount, otherCount, hashBits } = header;
    this.header = header;
    this.numbers = numbers;
    this.file = file;
    this.hashShift = 32 - hashBits;
    [this.hashIds, this.ids, this.offsetsLow, this.offsetsHigh, this.others] = [1, 2, 3, 4, 5].map(
      (arrays) => nameCount * arrays,
    ) as [number, number, number, number, number];
    this.hashStarts = this.others + otherCount * 2;
  }

  /** Number of streams. */
  get count(): number {
    return this.header.nameCount;
  }

  /** Place, among the hashes, of the first that is not below this one. */
  findHash(hash: number): number {
    const { numbers } = this;
    const entry = this.hashStarts + (hash >>> this.hashShift);
    return numbers.lowerBound(hash, numbers.at(entry), numbers.at(entry + 1));
  }

  /** Id of the stream whose hash is at this place; -1 when another hash is there, or none. */
  idAtHash(place: number, hash: number): number {
    const { numbers } = this;
    if (place >= this.count || numbers.at(place) !== hash) return -1;
    return numbers.at(this.hashIds + place);
  }

  /** Place of the stream with this id, in the order of their creation; -1 when it is not covered. */
  placeOfId(id: number): number {
    return this.numbers.placeOf(id, this.ids, this.count);
  }

  /** Place of the first stream with an id above this one. */
  placeAfter(id: number): number {
    return this.numbers.lowerBound(id + 1, this.ids, this.ids + this.count) - this.ids;
  }

  idAt(place: number): number {
    return this.numbers.at(this.ids + place);
  }

  /** Where the record of the stream at this place lies in the catalog. */
  offsetAt(place: number): number {
    const { numbers } = this;
    return numbers.at(this.offsetsLow + place) + numbers.at(this.offsetsHigh + place) * twoTo32;
  }

  /** The records that are not streams, in order. */
  *othersInOrder(): Generator<OtherRecord, undefined> {
    let [before, streams]: [number | undefined, number] = [undefined, 0];
    for (let slot = 0; slot < this.header.otherCount; slot++) {
      const offset = this.otherAt(slot);
      const streamsBefore = this.streamsBefore(offset, streams);
      if (streamsBefore > streams) before = this.offsetAt(streamsBefore - 1);
      yield { offset, before };
      [before, streams] = [offset, streamsBefore];
    }
    return undefined;
  }

  /** Offset of the last record of the catalog that is covered; of the first when there is none. */
  lastOffset(): number {
    const { otherCount } = this.header;
    // Records lie in the order of their ids, so the last of each kind is enough.
    const lastStream = this.count === 0 ? fileHeaderBytes : this.offsetAt(this.count - 1);
    return Math.max(lastStream, otherCount === 0 ? fileHeaderBytes : this.otherAt(otherCount - 1));
  }

  /** The whole index, in memory. */
  contents(): NameIndexContents {
    return contentsOf(this.header, this.numbers.slice(0, this.numbers.length));
  }

  /** Closes the file; what has not been read yet can no longer be looked up. */
  close(): void {
    const { file } = this;
    this.file = undefined;
    file?.close();
  }

  /** Number of streams whose records lie before this offset; at least `known` of them do. */
  private streamsBefore(offset: number, known: number): number {
    const { numbers, offsetsLow, count } = this;
    // Nearly all other records lie side by side, or after all streams, as pieces that are in memory show.
    if (known === count || this.offsetAt(known) > offset) return known;
    if (this.offsetAt(count - 1) < offset) return count;
    const high = Math.floor(offset / twoTo32);
    const [from, to] = [this.firstFrom(high), this.firstFrom(high + 1)];
    return numbers.lowerBound(offset % twoTo32, offsetsLow + from, offsetsLow + to) - offsetsLow;
  }

  /** Place of the first stream whose offset has an upper part of `high` or more: offsets ascend, as ids do. */
  private firstFrom(high: number): number {
    const { numbers, offsetsHigh, count } = this;
    // Few catalogs exceed 4 GiB, so the rest of these numbers is seldom read.
    if (high <= numbers.at(offsetsHigh)) return 0;
    if (high > numbers.at(offsetsHigh + count - 1)) return count;
    return numbers.lowerBound(high, offsetsHigh, offsetsHigh + count) - offsetsHigh;
  }

  private otherAt(slot: number): number {
    const { numbers, others } = this;
    return numbers.at(others + slot) + numbers.at(others + this.header.otherCount + slot) * twoTo32;
  }
}
