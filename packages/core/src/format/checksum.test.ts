import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { checksum, checksumSeed, nativeFromBytes, viewOf } from './checksum.ts';

describe('checksum', () => {
  it('is the CRC-32 that everybody knows', () => {
    expect(checksum(Buffer.from('123456789'), 0, 9, 0)).toBe(0xcbf4_3926);
    expect(checksum(new Uint8Array(0), 0, 0, 0)).toBe(0);
  });

  it(`is that of zlib for every length, place and seed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const bytes = random.bytes(2 * nativeFromBytes + 64);
    for (let length = 0; length <= 2 * nativeFromBytes; length++) {
      const start = random.below(64);
      const seed = random.pick([0, 1, 2 ** 31, 2 ** 32 - 1, random.below(2 ** 32)]);
      const expected = crc32(bytes.subarray(start, start + length), seed);
      expect(checksum(bytes, start, start + length, seed)).toBe(expected);
      expect(checksum(bytes, start, start + length, seed, viewOf(bytes))).toBe(expected);
    }
  });

  it('is the same over a Uint8Array that begins in the middle of its memory', () => {
    const memory = Buffer.from('...123456789...');
    const view = new Uint8Array(memory.buffer, memory.byteOffset + 3, 9);
    expect(checksum(view, 0, 9, 0)).toBe(0xcbf4_3926);
    expect(checksum(view, 0, 9, 0, viewOf(view))).toBe(0xcbf4_3926);
  });

  it('goes on from the sum of what came before', () => {
    const bytes = Buffer.from('one and two');
    expect(checksum(bytes, 4, 11, checksum(bytes, 0, 4, 0))).toBe(checksum(bytes, 0, 11, 0));
  });

  it('begins, in a store, from the sum of the id', () => {
    const id = '0123456789abcdef0123456789abcdef';
    expect(checksumSeed(id)).toBe(crc32(Buffer.from(id)));
  });
});
