/**
 * CRC-32 (zlib's, polynomial 0xEDB88320) over parts of byte arrays. Every checksum of a store starts from the store's
 * own seed, so that a record of another store is never accepted as one of this store.
 *
 * Short records are summed in JavaScript, sixteen bytes a step: a call into zlib needs a view object per record, which
 * costs more than the sum itself below 400 bytes (measured in docs/decisions/0003-frame-format.md).
 */
import { crc32 } from 'node:zlib';

/**
 * Where the measured curves cross: records of this length and longer are handed to zlib. The second, lower threshold
 * applies when a view of the bytes would have to be created first.
 */
export const nativeFromBytes = 400;
const nativeFromBytesUnviewed = 200;

/** Bytes summed in one step, each with a table of its own. */
const bytesPerStep = 16;
const tables = buildTables();

/**
 * The checksum of `bytes[start..end)`, continued from `seed`; an unsigned 32-bit integer. `view` is a view of the same
 * bytes, for callers that keep one: creating one takes half as long as the sum of a short record.
 */
export function checksum(bytes: Uint8Array, start: number, end: number, seed: number, view?: DataView): number {
  const isLong = end - start >= (view === undefined ? nativeFromBytesUnviewed : nativeFromBytes);
  return isLong ? crc32(bytes.subarray(start, end), seed) : tableChecksum(view ?? viewOf(bytes), start, end, seed);
}

/** A view of all of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The seed of all checksums of one store, from the 32 hexadecimal digits of its id. */
export function checksumSeed(storeId: string): number {
  return crc32(storeId);
}

function tableChecksum(view: DataView, start: number, end: number, seed: number): number {
  let sum = ~seed;
  let at = start;
  for (const stepsEnd = end - bytesPerStep; at <= stepsEnd; at += bytesPerStep) {
    sum ^= view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    const third = view.getInt32(at + 8, true);
    const fourth = view.getInt32(at + 12, true);
    sum =
      tables[3840 + (sum & 0xff)]! ^
      tables[3584 + ((sum >>> 8) & 0xff)]! ^
      tables[3328 + ((sum >>> 16) & 0xff)]! ^
      tables[3072 + (sum >>> 24)]! ^
      tables[2816 + (second & 0xff)]! ^
      tables[2560 + ((second >>> 8) & 0xff)]! ^
      tables[2304 + ((second >>> 16) & 0xff)]! ^
      tables[2048 + (second >>> 24)]! ^
      tables[1792 + (third & 0xff)]! ^
      tables[1536 + ((third >>> 8) & 0xff)]! ^
      tables[1280 + ((third >>> 16) & 0xff)]! ^
      tables[1024 + (third >>> 24)]! ^
      tables[768 + (fourth & 0xff)]! ^
      tables[512 + ((fourth >>> 8) & 0xff)]! ^
      tables[256 + ((fourth >>> 16) & 0xff)]! ^
      tables[fourth >>> 24]!;
  }
  for (; at < end; at++) sum = tables[(sum ^ view.getUint8(at)) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** Table k (256 entries from 256 * k) advances the sum of one byte by k further zero bytes. */
function buildTables(): Int32Array {
  const result = new Int32Array(256 * bytesPerStep);
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
