import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import {
  readU32,
  readU48,
  readU56,
  readU8,
  VarintReader,
  varintLength,
  writeU32,
  writeU48,
  writeU56,
  writeU8,
  writeVarint,
} from './bytes.ts';

const widths = [
  { name: 'u8', bytes: 1, write: writeU8, read: readU8 },
  { name: 'u32', bytes: 4, write: writeU32, read: readU32 },
  { name: 'u48', bytes: 6, write: writeU48, read: readU48 },
  { name: 'u56', bytes: 7, write: writeU56, read: readU56 },
] as const;

/** The largest number that fits both into this many bytes and into a JavaScript integer. */
function largest(bytes: number): number {
  return Math.min(2 ** (8 * bytes) - 1, Number.MAX_SAFE_INTEGER);
}

describe.each(widths)('$name', ({ bytes, write, read }) => {
  const edges = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0xffff,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 48 - 1,
    2 ** 48,
  ];
  const values = [...edges, largest(bytes) - 1, largest(bytes)].filter((value) => value <= largest(bytes));

  it.each(values)('keeps %d', (value) => {
    const target = new Uint8Array(bytes + 4).fill(0xaa);
    write(target, 2, value);
    expect(read(target, 2)).toBe(value);
    expect([target[0], target[1], target[bytes + 2], target[bytes + 3]]).toEqual([0xaa, 0xaa, 0xaa, 0xaa]);
  });

  it('puts the low byte first', () => {
    const target = new Uint8Array(bytes);
    write(
      target,
      0,
      Array.from({ length: bytes }, (_, index) => (index % 7) + 1).reduceRight((sum, byte) => sum * 256 + byte, 0),
    );
    expect([...target]).toEqual(Array.from({ length: bytes }, (_, index) => (index % 7) + 1));
  });

  it(`keeps random numbers (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const target = new Uint8Array(bytes);
    for (let round = 0; round < 2000; round++) {
      const value = Math.min(random.ofBits(bytes * 8), largest(bytes));
      write(target, 0, value);
      expect(read(target, 0)).toBe(value);
    }
  });
});

describe('varint', () => {
  const boundaries = [7, 14, 21, 28, 35, 42, 49].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]);
  const values = [0, 1, ...boundaries, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1, Number.MAX_SAFE_INTEGER];

  it.each(values)('keeps %d in as many bytes as its bits need', (value) => {
    const target = new Uint8Array(12).fill(0xaa);
    const length = Math.max(1, Math.ceil(value.toString(2).length / 7));
    expect(varintLength(value)).toBe(length);
    expect(writeVarint(target, 1, value)).toBe(1 + length);
    expect(target[0]).toBe(0xaa);
    expect(target[1 + length]).toBe(0xaa);
    const reader = new VarintReader();
    reader.at = 1;
    expect(reader.read(target)).toBe(value);
    expect(reader.at).toBe(1 + length);
  });

  it('reads one after the other', () => {
    const target = new Uint8Array(64);
    let end = 0;
    for (const value of [5, 300, 0, 2 ** 40, 127]) end = writeVarint(target, end, value);
    const reader = new VarintReader();
    expect([1, 2, 3, 4, 5].map(() => reader.read(target))).toEqual([5, 300, 0, 2 ** 40, 127]);
    expect(reader.at).toBe(end);
  });

  it.each([
    ['does not end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['ends with the array', [0x80, 0x80]],
    ['is larger than any integer', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['is the first that is too large', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ])('is not a number when it %s, and the reader stays where nothing can be read', (_, bytes) => {
    const reader = new VarintReader();
    expect(reader.read(Uint8Array.from(bytes))).toBeNaN();
    expect(reader.at).toBeNaN();
    expect(reader.read(Uint8Array.from([1, 2, 3]))).toBeNaN();
  });

  it(`keeps random numbers (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const target = new Uint8Array(8);
    const reader = new VarintReader();
    for (let round = 0; round < 5000; round++) {
      const value = random.ofBits(53);
      reader.at = 0;
      expect(writeVarint(target, 0, value)).toBe(varintLength(value));
      expect(reader.read(target)).toBe(value);
    }
  });
});
