/**
 * CRC-32 (the one of zlib, polynomial 0xEDB88320) over parts of byte arrays. Every checksum of a store starts from
 * the store's own seed, so that a record of another store never passes for one of this store.
 *
 * Short records are summed in JavaScript, eight bytes a step: a call into zlib needs a view object per record,
 * which costs more than the sum itself below 240 bytes (measured in docs/decisions/0003-frame-format.md).
 */
import { crc32 } from 'node:zlib';

/** Where the measured curves cross: records of this length and longer are handed to zlib. */
export const nativeFromBytes = 240;

const tables = buildTables();

/** The checksum of `bytes[start..end)`, continued from `seed`; an unsigned 32-bit integer. */
export function checksum(bytes: Uint8Array, start: number, end: number, seed: number): number {
  return end - start >= nativeFromBytes
    ? crc32(bytes.subarray(start, end), seed)
    : tableChecksum(bytes, start, end, seed);
}

/** The seed of all checksums of one store, from the 32 hexadecimal digits of its id. */
export function checksumSeed(storeId: string): number {
  return crc32(storeId);
}

function tableChecksum(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let sum = ~seed;
  let at = start;
  for (const blocksEnd = end - 7; at < blocksEnd; at += 8) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    sum =
      tables[1792 + (sum & 0xff)]! ^
      tables[1536 + ((sum >>> 8) & 0xff)]! ^
      tables[1280 + ((sum >>> 16) & 0xff)]! ^
      tables[1024 + (sum >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < end; at++) sum = tables[(sum ^ bytes[at]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** Table k (256 entries from 256 * k) advances the sum of one byte by k further zero bytes. */
function buildTables(): Int32Array {
  const result = new Int32Array(256 * 8);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb8_8320 : sum >>> 1;
    result[byte] = sum;
  }
  for (let at = 256; at < result.length; at++) {
    const shorter = result[at - 256]!;
    result[at] = (shorter >>> 8) ^ result[shorter & 0xff]!;
  }
  return result;
}
