/**
 * Little-endian numbers in byte arrays, the building blocks of every file. Pure functions. They check no bounds;
 * callers know how much room there is. All other modules of `format` are written in terms of these.
 *
 * All numbers are integers from 0 to 2^53 - 1, which is what a JavaScript number holds exactly.
 */

const twoTo32 = 0x1_0000_0000;

export function readU8(bytes: Uint8Array, at: number): number {
  return bytes[at]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function readU48(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) + (bytes[at + 4]! | (bytes[at + 5]! << 8)) * twoTo32;
}

export function readU56(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) + (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16)) * twoTo32;
}

export function writeU8(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function writeU48(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / twoTo32);
  writeU32(bytes, at, value >>> 0);
  bytes[at + 4] = high;
  bytes[at + 5] = high >>> 8;
}

export function writeU56(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / twoTo32);
  writeU32(bytes, at, value >>> 0);
  bytes[at + 4] = high;
  bytes[at + 5] = high >>> 8;
  bytes[at + 6] = high >>> 16;
}

/** Bytes that `value` (an integer from 0 to 2^53 - 1) takes as a varint: 7 bits a byte, low bits first. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let length = 5;
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Writes `value` as a varint and returns the offset after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest >= 0x80) {
    bytes[offset++] = (rest & 0x7f) | 0x80;
    rest = rest < twoTo32 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  bytes[offset++] = rest;
  return offset;
}

/** The weight of the seven bits in a varint's eighth byte, which is the last one allowed. */
const maxScale = 2 ** 49;

/**
 * Reads consecutive varints. `at` is the offset of the next one. It becomes NaN, and stays so, when a varint does not
 * end within eight bytes or exceeds 2^53 - 1.
 */
export class VarintReader {
  at = 0;

  read(bytes: Uint8Array): number {
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 0x80; scale <= maxScale; scale *= 0x80) {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && value <= Number.MAX_SAFE_INTEGER) return value;
      if (byte < 0x80) break;
    }
    this.at = NaN;
    return NaN;
  }
}
