import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { writeU32, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { maxBytesInOne } from './pieces.ts';
import {
  decodeRunDirectory,
  decodeRunHeader,
  encodeRun,
  isPostingBlockWhole,
  maxPosting,
  readPosting,
  runBlockBytes,
  RunEncoder,
  type RunContents,
  runDirectoryBytes,
  type RunHeader,
  runHeaderBytes,
  runHeaderLayout,
  runPostingsOffset,
} from './run.ts';

const seed = 0x1234_5678;
const small: RunContents = {
  base: 1000,
  last: 1010,
  onlyIndex: 0,
  epoch: 3,
  ids: Uint32Array.of(1, 7, 2 ** 32 - 1),
  starts: Uint32Array.of(0, 2, 5),
  postings: Uint32Array.of(1, 4, 2, 3, 5, 2 ** 32 - 1),
};
/** More postings than one block holds. */
const large: RunContents = {
  base: 2 ** 47,
  last: 2 ** 48 - 1,
  onlyIndex: 7,
  epoch: 2 ** 32 - 1,
  ids: Uint32Array.of(7),
  starts: Uint32Array.of(0),
  postings: Uint32Array.from({ length: 10_000 }, (_, index) => index * 3),
};

/** Enough indexes for the directory to be in pieces. */
const many: RunContents = {
  ...small,
  ids: Uint32Array.from({ length: 5000 }, (_, index) => index * 3),
  starts: Uint32Array.from({ length: 5000 }, (_, index) => index),
  postings: Uint32Array.from({ length: 5000 }, (_, index) => index + 1),
};

/** Reads a whole file back, with all checks; undefined when something is damaged. */
function decode(bytes: Uint8Array): RunContents | undefined {
  const header = decodeRunHeader(bytes, bytes.length, seed);
  if (typeof header === 'string') return undefined;
  const { base, last, onlyIndex, epoch, entryCount } = header;
  if (bytes.length !== runPostingsOffset(header) + entryCount * 4) return undefined;
  const directory = decodeRunDirectory(bytes.subarray(runHeaderBytes), header, seed);
  if (directory === undefined) return undefined;
  const postings = bytes.subarray(runPostingsOffset(header));
  for (const [index, sum] of directory.blockChecksums.entries()) {
    const block = postings.subarray(index * runBlockBytes, (index + 1) * runBlockBytes);
    if (!isPostingBlockWhole(block, block.length, sum, seed)) return undefined;
  }
  const { ids, starts } = directory;
  return {
    base,
    last,
    onlyIndex,
    epoch,
    ids,
    starts,
    postings: Uint32Array.from({ length: entryCount }, (_, entry) => readPosting(postings, entry * 4)),
  };
}

describe('an index run', () => {
  it.each([
    ['small', small],
    ['of several blocks', large],
    ['of many indexes', many],
    ['empty', { ...small, ids: new Uint32Array(0), starts: new Uint32Array(0), postings: new Uint32Array(0) }],
  ])('keeps its contents when it is %s', (_, contents) => {
    expect(decode(encodeRun(contents, seed))).toEqual(contents);
  });

  it('has its postings at the start of a block', () => {
    const header = decodeRunHeader(encodeRun(small, seed), runHeaderBytes, seed) as RunHeader;
    expect(runDirectoryBytes(header)).toBe(3 * 8 + 4);
    expect(runPostingsOffset(header)).toBe(runBlockBytes);
    expect(runPostingsOffset({ version: 1, indexCount: 2040, entryCount: 0 })).toBe(runBlockBytes);
    expect(runPostingsOffset({ version: 1, indexCount: 2041, entryCount: 0 })).toBe(2 * runBlockBytes);
  });

  it('shows a flip of any one bit that counts', () => {
    const good = encodeRun(small, seed);
    const directoryEnd = runHeaderBytes + 3 * 8 + 4;
    for (let at = 0; at < good.length; at = at + 1 === directoryEnd ? runBlockBytes : at + 1) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(good);
        bytes[at]! ^= 1 << bit;
        expect(decode(bytes)).toBeUndefined();
      }
    }
  });

  it('takes no posting that it cannot hold', () => {
    const encoder = new RunEncoder({ ...small, entryCount: 2 }, seed);
    const write = (): void => undefined;
    encoder.add(maxPosting, write);
    expect(() => encoder.add(maxPosting + 1, write)).toThrow(RangeError);
  });

  it('says what is wrong with its header', () => {
    const good = encodeRun(small, seed);
    const forge = (field: 'kind' | 'version', value: number): Uint8Array => {
      const bytes = new Uint8Array(good);
      writeU8(bytes, runHeaderLayout[field], value);
      const sum = checksum(bytes, runHeaderLayout.magic, runHeaderBytes, seed);
      writeU32(bytes, runHeaderLayout.checksum, sum);
      return bytes;
    };
    expect(decodeRunHeader(good, runHeaderBytes - 1, seed)).toBe('short');
    expect(decodeRunHeader(Buffer.alloc(runHeaderBytes), runHeaderBytes, seed)).toBe('magic');
    expect(decodeRunHeader(good, good.length, seed + 1)).toBe('checksum');
    expect(decodeRunHeader(forge('kind', 1), good.length, seed)).toBe('kind');
    expect(decodeRunHeader(forge('version', 0), good.length, seed)).toBe('version');
    expect(decodeRunHeader(forge('version', 3), good.length, seed)).toBe('version');
  });

  it('has its directory in pieces when that is longer than what is read as a whole', () => {
    const longest = (maxBytesInOne - 4) / 8;
    const versionOf = (count: number): number => {
      const ids = Uint32Array.from({ length: count }, (_, index) => index);
      const bytes = encodeRun({ ...small, ids, starts: new Uint32Array(count), postings: Uint32Array.of(1) }, seed);
      return (decodeRunHeader(bytes, bytes.length, seed) as RunHeader).version;
    };
    expect([versionOf(Math.floor(longest)), versionOf(Math.floor(longest) + 1)]).toEqual([1, 2]);
  });

  it('shows a flip of a bit in any piece of its directory, and in their checksums', () => {
    const good = encodeRun(many, seed);
    const directoryEnd = runHeaderBytes + 5000 * 8 + 2 * 4;
    for (const at of [runHeaderBytes, 20_000, 35_000, directoryEnd - 1, directoryEnd, directoryEnd + 11]) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 4;
      expect(decode(bytes)).toBeUndefined();
    }
  });

  it('allocates nothing for a directory that is not there', () => {
    const header = { ...(decodeRunHeader(encodeRun(small, seed), runHeaderBytes, seed) as RunHeader) };
    const huge = { ...header, indexCount: 2 ** 32 - 1, entryCount: 2 ** 32 - 1 };
    expect(decodeRunDirectory(new Uint8Array(16), huge, seed)).toBeUndefined();
  });

  it(`is the same, or nothing, when its bytes are changed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const good = encodeRun(small, seed);
    const counting = good.subarray(0, 200);
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.concat([random.mutate(counting), good.subarray(200)]);
      expect([small, undefined]).toContainEqual(decode(bytes));
    }
  });
});
