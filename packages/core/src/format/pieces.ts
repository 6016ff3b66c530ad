/**
 * Numbers in pieces: an array that is too long to be read whole whenever a store is opened has a checksum for each piece, so
 * that a piece is read, and checked, when it is first needed. Layout: docs/format.md, "Numbers in pieces".
 */
import { checksum } from './checksum.ts';

/** Stored: never change these values. */
export const pieceBytes = 16_384;
/** Longer arrays are in pieces; others have one checksum, which is verified when a store is opened. */
export const maxBytesInOne = 32_768;

export const numbersPerPiece = pieceBytes / 4;

export function pieceCount(lengthBytes: number): number {
  return Math.ceil(lengthBytes / pieceBytes);
}

/** The checksum of each piece of `bytes[start..end)`, of which the last may be shorter. */
export function pieceChecksums(bytes: Uint8Array, start: number, end: number, seed: number): Uint32Array {
  const sums = new Uint32Array(pieceCount(end - start));
  for (const [piece] of sums.entries()) {
    const from = start + piece * pieceBytes;
    sums[piece] = checksum(bytes, from, Math.min(end, from + pieceBytes), seed);
  }
  return sums;
}

/** Index of the first damaged piece; -1 when all are intact. */
export function firstDamagedPiece(bytes: Uint8Array, sums: Uint32Array, seed: number): number {
  return pieceChecksums(bytes, 0, bytes.length, seed).findIndex((sum, piece) => sum !== sums[piece]);
}
