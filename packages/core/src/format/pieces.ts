/**
 * Numbers in pieces: what is too long to be read as a whole whenever a store is opened has a checksum for each piece, so that
 * a piece is read, and checked, when it is first needed. Layout: docs/format.md, "Numbers in pieces".
 */
import { checksum } from './checksum.ts';

/** Stored: never change these values. */
export const pieceBytes = 16_384;
/** What is longer than this is in pieces; what is not has one checksum, and is checked when a store is opened. */
export const mostBytesInOne = 32_768;

export const numbersPerPiece = pieceBytes / 4;

export function pieceCount(lengthBytes: number): number {
  return Math.ceil(lengthBytes / pieceBytes);
}

/** The checksum of each piece of `bytes[start..end)`, the last one of what is left. */
export function pieceChecksums(bytes: Uint8Array, start: number, end: number, seed: number): Uint32Array {
  const sums = new Uint32Array(pieceCount(end - start));
  for (const [piece] of sums.entries()) {
    const from = start + piece * pieceBytes;
    sums[piece] = checksum(bytes, from, Math.min(end, from + pieceBytes), seed);
  }
  return sums;
}

/** The place of the first piece that is not as it was written; -1 when all are. */
export function firstDamagedPiece(bytes: Uint8Array, sums: Uint32Array, seed: number): number {
  return pieceChecksums(bytes, 0, bytes.length, seed).findIndex((sum, piece) => sum !== sums[piece]);
}
