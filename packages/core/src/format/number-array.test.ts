import { describe, expect, it } from 'vitest';
import { readU32 } from './bytes.ts';
import { readU32Array, writeU32Array } from './number-array.ts';

const numbers = Uint32Array.of(0, 1, 0x0102_0304, 2 ** 31, 2 ** 32 - 1);

describe('numbers of 32 bits', () => {
  it.each([0, 1, 3, 8])('are kept at offset %d', (at) => {
    const bytes = new Uint8Array(at + numbers.byteLength + 2).fill(0xaa);
    expect(writeU32Array(bytes, at, numbers)).toBe(at + numbers.byteLength);
    expect(readU32Array(bytes, at, numbers.length)).toEqual(numbers);
    expect([...numbers].every((value, index) => readU32(bytes, at + 4 * index) === value)).toBe(true);
    expect([...bytes.subarray(at + numbers.byteLength)]).toEqual([0xaa, 0xaa]);
  });

  it('are kept from the middle of an array', () => {
    const bytes = new Uint8Array(8);
    expect(writeU32Array(bytes, 0, numbers.subarray(2, 4))).toBe(8);
    expect(readU32Array(bytes, 0, 2)).toEqual(numbers.slice(2, 4));
  });

  it('are a copy', () => {
    const bytes = new Uint8Array(numbers.byteLength);
    writeU32Array(bytes, 0, numbers);
    const read = readU32Array(bytes, 0, numbers.length);
    bytes.fill(0);
    expect(read).toEqual(numbers);
  });

  it('may be none', () => {
    expect(readU32Array(new Uint8Array(0), 0, 0)).toEqual(new Uint32Array(0));
    expect(writeU32Array(new Uint8Array(0), 0, new Uint32Array(0))).toBe(0);
  });
});
