import { describe, expect, it } from 'vitest';
import { CorruptionError } from '../errors.ts';
import { writeU32Array } from '../format/number-array.ts';
import { numbersPerPiece, pieceBytes, pieceChecksums } from '../format/pieces.ts';
import { SimulatedDisk } from '../testing/index.ts';
import { CheckedNumbers } from './checked-numbers.ts';

const seed = 7;
const offset = 64;

/** Numbers in a file, as they are read when one byte of it was changed; `reads` lists where it was read. */
function inFile(numbers: Uint32Array, damagedAt = -1, replace?: () => Uint32Array) {
  const bytes = new Uint8Array(offset + numbers.byteLength);
  writeU32Array(bytes, offset, numbers);
  const checksums = pieceChecksums(bytes, offset, bytes.length, seed);
  if (damagedAt >= 0) bytes[damagedAt]! ^= 1;
  const file = new SimulatedDisk().startProcess().open('/numbers', 'create');
  file.write(bytes, 0, bytes.length, 0);
  const reads: number[] = [];
  const read = (target: Uint8Array, start: number, length: number, position: number): number => {
    reads.push(position);
    return file.read(target, start, length, position);
  };
  const damaged = (at: number): never => {
    throw new CorruptionError(`damaged at ${at}`, { path: file.path, offset: at });
  };
  const source = { file: { ...file, path: file.path, read }, offset, checksums, seed, replace: replace ?? damaged };
  return { list: CheckedNumbers.in(source, numbers.length), reads };
}

const long = Uint32Array.from({ length: numbersPerPiece * 2 + 10 }, (_, index) => index * 7 + 1);

describe('numbers in pieces', () => {
  it('are read piece by piece, when they are first asked for', () => {
    const { list, reads } = inFile(long);
    expect(reads).toEqual([]);
    const asked = [numbersPerPiece * 2 + 9, numbersPerPiece * 2, 0, numbersPerPiece - 1, numbersPerPiece, 1];
    expect(asked.map((index) => list.at(index))).toEqual(asked.map((index) => long[index]));
    expect(reads).toEqual([offset + 2 * pieceBytes, offset, offset + pieceBytes]);
  });

  it('are given as a slice', () => {
    const { list, reads } = inFile(long);
    expect(list.slice(numbersPerPiece - 2, numbersPerPiece)).toEqual(long.slice(numbersPerPiece - 2, numbersPerPiece));
    expect(reads).toHaveLength(1);
    expect(list.slice(0, long.length)).toEqual(long);
    expect(list.slice(5, 5)).toEqual(new Uint32Array(0));
  });

  it('are never given out when they are damaged, however often they are asked for', () => {
    const { list } = inFile(long, offset + pieceBytes + 100);
    expect(list.at(0)).toBe(1);
    for (let time = 0; time < 2; time++) {
      expect(() => list.at(numbersPerPiece + 3000)).toThrow(`damaged at ${offset + pieceBytes}`);
      expect(() => list.slice(0, long.length)).toThrow('damaged');
    }
    expect(list.at(numbersPerPiece * 2)).toBe(long[numbersPerPiece * 2]);
  });

  it('are all taken from what replaces them', () => {
    const { list, reads } = inFile(long, offset, () => long);
    expect(list.at(2)).toBe(long[2]);
    expect(list.slice(0, long.length)).toEqual(long);
    expect(reads).toEqual([offset]);
  });

  it('do not go on behind their end', () => {
    expect(() => inFile(long).list.at(numbersPerPiece * 3)).toThrow(RangeError);
  });
});

const lists = [[], [7], [3, 4, 5, 6], [1, 2, 5, 6, 7, 90, 91, 4_294_967_295], [0, 1, 2, 1000, 1001]];
const wanted = [0, 1, 2, 3, 4, 5, 6, 7, 8, 89, 90, 91, 92, 999, 1000, 1001, 1002, 4_294_967_294, 4_294_967_295];

describe.each(lists)('in the ascending list %j, %j, %j, ...', (...numbers) => {
  // They are surrounded by other numbers, which must not be considered.
  const list = CheckedNumbers.of(Uint32Array.from([5, 91, ...numbers, 4, 90]));

  it('placeOf finds what is there, and nothing else', () => {
    const found = wanted.map((number) => list.placeOf(number, 2, numbers.length));
    expect(found).toEqual(wanted.map((number) => numbers.indexOf(number)));
  });

  it('lowerBound finds the first number that is not below', () => {
    const places = wanted.map((number) => numbers.filter((other) => other < number).length + 2);
    expect(wanted.map((number) => list.lowerBound(number, 2, 2 + numbers.length))).toEqual(places);
  });
});
