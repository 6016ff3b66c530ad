/** Arrays of unsigned 32-bit numbers, little-endian like all numbers in a store, copied as a whole where possible. */
import { readU32, writeU32 } from './bytes.ts';

/** `count` numbers from `at` on, as a new array. */
export function readU32Array(bytes: Uint8Array, at: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  if (isLittleEndian) new Uint8Array(numbers.buffer).set(bytes.subarray(at, at + count * 4));
  else for (let index = 0; index < count; index++) numbers[index] = readU32(bytes, at + index * 4);
  return numbers;
}

/** Writes all numbers from `at` on, and returns the offset after them. */
export function writeU32Array(bytes: Uint8Array, at: number, numbers: Uint32Array): number {
  if (isLittleEndian) bytes.set(bytesOf(numbers), at);
  else for (let index = 0; index < numbers.length; index++) writeU32(bytes, at + index * 4, numbers[index]!);
  return at + numbers.length * 4;
}

/** Converts numbers whose bytes were read into their memory to the byte order of this machine. */
export function orderU32Array(numbers: Uint32Array): void {
  if (!isLittleEndian) numbers.set(readU32Array(bytesOf(numbers), 0, numbers.length));
}

/** The memory of the numbers. */
export function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
