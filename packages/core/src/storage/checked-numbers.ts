/**
 * A list of 32-bit numbers that lies in a file in pieces with a checksum each. A piece is read and verified when one of its
 * numbers is first requested, and stays in memory: so a store with a million streams opens without reading what it knows of
 * each of them, and no unverified number is ever returned.
 */
import { checksum } from '../format/checksum.ts';
import { bytesOf, orderU32Array } from '../format/number-array.ts';
import { numbersPerPiece, pieceBytes, pieceCount } from '../format/pieces.ts';
import { type FileHandle, readFully } from '../file-system/file-system.ts';

/** Where the pieces are. */
export interface PieceSource {
  readonly file: FileHandle;
  /** Offset of the first number in the file. */
  readonly offset: number;
  readonly checksums: Uint32Array;
  readonly seed: number;
  /**
   * Called when the piece at this offset of the file is damaged: returns all numbers from another source, or throws.
   */
  replace(offset: number): Uint32Array;
}

const pieceShift = Math.log2(numbersPerPiece);

export class CheckedNumbers {
  readonly length: number;
  private readonly numbers: Uint32Array;
  private readonly source: PieceSource | undefined;
  /** By piece: 1 when it is in memory. */
  private readonly isKnown: Uint8Array;

  private constructor(numbers: Uint32Array, source?: PieceSource) {
    this.numbers = numbers;
    this.length = numbers.length;
    this.source = source;
    this.isKnown = new Uint8Array(pieceCount(numbers.length * 4)).fill(source === undefined ? 1 : 0);
  }

  /** Numbers that are in memory already. */
  static of(numbers: Uint32Array): CheckedNumbers {
    return new CheckedNumbers(numbers);
  }

  /** `length` numbers that are still in a file; the caller has checked the length against the file's size. */
  static in(source: PieceSource, length: number): CheckedNumbers {
    return new CheckedNumbers(new Uint32Array(length), source);
  }

  /** The number at this index, which must be one of the list. */
  at(index: number): number {
    const piece = index >>> pieceShift;
    if (this.isKnown[piece] !== 1) this.load(piece);
    return this.numbers[index]!;
  }

  /** The numbers from `from` up to, but not including, `to`, not copied. */
  slice(from: number, to: number): Uint32Array {
    for (let piece = from >>> pieceShift; piece << pieceShift < to; piece++) {
      if (this.isKnown[piece] !== 1) this.load(piece);
    }
    return this.numbers.subarray(from, to);
  }

  /**
   * Index of the first number that is not below `wanted`, among the ascending ones from `from` up to, but not
   * including, `to`.
   */
  lowerBound(wanted: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Index, relative to `from`, of a number among `count` from there on, which ascend and are all different; -1 when it is none of
   * them. Consecutive numbers are found at once: a number's distance from the first one is at most the difference of the two.
   */
  placeOf(wanted: number, from: number, count: number): number {
    if (count === 0) return -1;
    const latest = wanted - this.at(from);
    if (latest < 0) return -1;
    if (latest < count && this.at(from + latest) === wanted) return latest;
    const place = this.lowerBound(wanted, from, from + Math.min(latest, count));
    return place < from + count && this.at(place) === wanted ? place - from : -1;
  }

  private load(piece: number): void {
    const { numbers, source } = this;
    const first = piece << pieceShift;
    if (source === undefined || first >= this.length) throw new RangeError(`There is no number ${first}`);
    const part = numbers.subarray(first, first + numbersPerPiece);
    const bytes = bytesOf(part);
    const offset = source.offset + piece * pieceBytes;
    const isRead = readFully(source.file, bytes, 0, bytes.length, offset) === bytes.length;
    if (isRead && checksum(bytes, 0, bytes.length, source.seed) === source.checksums[piece]) {
      orderU32Array(part);
      this.isKnown[piece] = 1;
      return;
    }
    numbers.set(source.replace(offset));
    this.isKnown.fill(1);
  }
}
