import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { writeU32, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import {
  decodeFileHeader,
  encodeFileHeader,
  type FileHeader,
  fileHeaderBytes,
  fileHeaderLayout,
} from './file-header.ts';

const seed = 0x1234_5678;
const header: FileHeader = { kind: 'segment', partitionId: 3, baseOffset: 128, previous: 77, epoch: 2 };

function decode(bytes: Uint8Array, kind: FileHeader['kind'] = 'segment'): ReturnType<typeof decodeFileHeader> {
  return decodeFileHeader(bytes, bytes.length, kind, seed);
}

/** The header with another byte at a field, and the matching checksum. */
function forge(field: keyof typeof fileHeaderLayout, value: number): Uint8Array {
  const bytes = encodeFileHeader(header, seed);
  writeU8(bytes, fileHeaderLayout[field], value);
  const sum = checksum(bytes, fileHeaderLayout.magic, fileHeaderBytes, seed);
  writeU32(bytes, fileHeaderLayout.checksum, sum);
  return bytes;
}

describe('a file header', () => {
  it.each<FileHeader>([
    header,
    { kind: 'catalog', partitionId: 0, baseOffset: 0, previous: 0, epoch: 0 },
    {
      kind: 'segment',
      partitionId: 2 ** 32 - 1,
      baseOffset: 2 ** 48 - 1,
      previous: 2 ** 32 - 1,
      epoch: 2 ** 32 - 1,
    },
  ])('keeps %j', (input) => {
    expect(decode(encodeFileHeader(input, seed), input.kind)).toEqual(input);
  });

  it('is short when bytes are missing, whatever the buffer holds', () => {
    const bytes = encodeFileHeader(header, seed);
    for (let length = 0; length < fileHeaderBytes; length++) {
      expect(decodeFileHeader(bytes, length, 'segment', seed)).toBe('short');
    }
  });

  it('shows a flip of any one bit', () => {
    for (let bit = 0; bit < fileHeaderBytes * 8; bit++) {
      const bytes = encodeFileHeader(header, seed);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(['magic', 'checksum']).toContain(decode(bytes));
    }
  });

  it('says what is wrong', () => {
    expect(decode(Buffer.from('SQLite format 3'.padEnd(fileHeaderBytes)))).toBe('magic');
    expect(decodeFileHeader(encodeFileHeader(header, seed), fileHeaderBytes, 'segment', seed + 1)).toBe('checksum');
    expect(decode(forge('version', 2))).toBe('version');
    expect(decode(forge('version', 0))).toBe('version');
    expect(decode(forge('kind', 9))).toBe('kind');
    expect(decode(encodeFileHeader(header, seed), 'catalog')).toBe('kind');
  });

  it(`is refused when it is random (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    for (let round = 0; round < 3000; round++) {
      const bytes = random.mutate(random.pick([encodeFileHeader(header, seed), random.bytes(random.below(128))]));
      expect([header, 'short', 'magic', 'checksum']).toContainEqual(decode(bytes));
    }
  });
});
