import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { writeU32, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import {
  decodeNameIndex,
  decodeNameIndexHeader,
  encodeNameIndex,
  hashName,
  nameIndexBytes,
  type NameIndexContents,
  nameIndexHeaderBytes,
  nameIndexLayout,
} from './name-index.ts';
import { maxBytesInOne } from './pieces.ts';

const seed = 0x1234_5678;
const contents: NameIndexContents = {
  covers: 2 ** 48 - 1,
  lastChecksum: 2 ** 32 - 1,
  nextId: 10,
  hashes: Uint32Array.of(5, 6, 2 ** 32 - 1),
  hashIds: Uint32Array.of(3, 9, 1),
  ids: Uint32Array.of(1, 3, 9),
  offsetsLow: Uint32Array.of(64, 90, 2 ** 32 - 1),
  offsetsHigh: Uint32Array.of(0, 0, 65_535),
  othersLow: Uint32Array.of(120),
  othersHigh: Uint32Array.of(1),
};

/** Enough streams for the index to be in pieces. */
const many: NameIndexContents = {
  ...contents,
  hashes: Uint32Array.from({ length: 2000 }, (_, index) => hashName(`name-${index}`)).sort(),
  hashIds: Uint32Array.from({ length: 2000 }, (_, index) => index + 1),
  ids: Uint32Array.from({ length: 2000 }, (_, index) => index + 1),
  offsetsLow: Uint32Array.from({ length: 2000 }, (_, index) => 64 + index * 30),
  offsetsHigh: new Uint32Array(2000),
};

/** The index with another number in its header, and the matching checksum. */
function forge(field: keyof typeof nameIndexLayout, value: number, of = contents): Uint8Array {
  const bytes = encodeNameIndex(of, seed);
  if (field === 'kind' || field === 'version' || field === 'hashBits') writeU8(bytes, nameIndexLayout[field], value);
  else writeU32(bytes, nameIndexLayout[field], value);
  const sum = checksum(bytes, nameIndexLayout.magic, nameIndexHeaderBytes, seed);
  writeU32(bytes, nameIndexLayout.checksum, sum);
  return bytes;
}

describe('a name index', () => {
  it('keeps its contents', () => {
    const bytes = encodeNameIndex(contents, seed);
    expect(decodeNameIndex(bytes, seed)).toMatchObject(contents);
    expect(bytes).toHaveLength(nameIndexHeaderBytes + 17 * 4);
  });

  it('may be empty', () => {
    const none = new Uint32Array(0);
    const empty = { covers: 64, lastChecksum: 0, nextId: 1, hashes: none, hashIds: none, ids: none };
    const offsets = { offsetsLow: none, offsetsHigh: none, othersLow: none, othersHigh: none };
    expect(decodeNameIndex(encodeNameIndex({ ...empty, ...offsets }, seed), seed)).toMatchObject(empty);
  });

  it('is nothing when any one bit is flipped', () => {
    const good = encodeNameIndex(contents, seed);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeNameIndex(bytes, seed)).toBeUndefined();
    }
  });

  it('is nothing when it is short, long, of another kind, a later version or another store', () => {
    const good = encodeNameIndex(contents, seed);
    for (let end = 0; end < good.length; end++) expect(decodeNameIndex(good.subarray(0, end), seed)).toBeUndefined();
    expect(decodeNameIndex(Buffer.concat([good, Buffer.of(0)]), seed)).toBeUndefined();
    expect(decodeNameIndex(forge('kind', 2), seed)).toBeUndefined();
    expect(decodeNameIndex(forge('version', 0), seed)).toBeUndefined();
    expect(decodeNameIndex(forge('version', 3), seed)).toBeUndefined();
    expect(decodeNameIndex(good, seed + 1)).toBeUndefined();
  });

  it.each([4, 2 ** 31, 2 ** 32 - 1])('allocates nothing for %d names that are not there', (count) => {
    expect(decodeNameIndex(forge('nameCount', count), seed)).toBeUndefined();
    expect(decodeNameIndex(forge('otherCount', count), seed)).toBeUndefined();
  });

  it(`is the same, or nothing, when its bytes are changed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const good = encodeNameIndex(contents, seed);
    const decoded = decodeNameIndex(good, seed);
    for (let round = 0; round < 3000; round++) {
      expect([decoded, undefined]).toContainEqual(decodeNameIndex(random.mutate(good), seed));
    }
  });
});

describe('a name index of many streams', () => {
  const good = encodeNameIndex(many, seed);

  it('keeps its contents, in pieces', () => {
    expect(decodeNameIndex(good, seed)).toEqual(many);
    const header = decodeNameIndexHeader(good, seed)!;
    expect(header).toMatchObject({ isInPieces: true, hashBits: 7, nameCount: 2000, otherCount: 1 });
    expect(nameIndexBytes(header)).toBe(good.length);
  });

  it('begins where it is longer than what is read as a whole', () => {
    const longest = Math.floor((maxBytesInOne - 8) / 20);
    const isInPieces = (count: number): boolean => {
      const numbers = new Uint32Array(count);
      const arrays = { hashes: numbers, hashIds: numbers, ids: numbers, offsetsLow: numbers, offsetsHigh: numbers };
      return decodeNameIndexHeader(encodeNameIndex({ ...contents, ...arrays }, seed), seed)!.isInPieces;
    };
    expect([isInPieces(longest), isInPieces(longest + 1)]).toEqual([false, true]);
  });

  it('is nothing when a bit of any piece, or of their checksums, is flipped, and when it is short', () => {
    for (let at = 0; at < good.length; at += 61) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 1;
      expect(decodeNameIndex(bytes, seed)).toBeUndefined();
      expect(decodeNameIndex(good.subarray(0, at), seed)).toBeUndefined();
    }
  });

  it.each([0, 32, 255])('is nothing when it says that %i bits of a hash lead to its place', (hashBits) => {
    expect(decodeNameIndexHeader(forge('hashBits', hashBits, many), seed)).toBeUndefined();
  });
});

describe('the hash of a name', () => {
  it.each([
    ['', 0x811c_9dc5],
    ['a', 0x2b24_d044],
  ])('of %j is stored and never changes', (name, hash) => {
    expect(hashName(name)).toBe(hash);
  });

  it('differs where only the upper half of a character does', () => {
    expect(hashName('\u0141')).not.toBe(hashName('\u0041'));
  });
});
