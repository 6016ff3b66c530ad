/**
 * The entry of the position index: where the frame of one position begins. Fixed size, so entry p - 1 is position p.
 * Layout: docs/format.md, "Position index".
 *
 * The index is rebuilt from frames and carries no checksum: an entry is believed only when the frame it leads to
 * is whole and covers the position that was asked for.
 */
import { readU32, writeU32 } from './bytes.ts';

export const positionEntryLayout = { low: 0, high: 4 } as const;
export const positionEntryBytes = 8;

/** Entries in one file of the position index; positions above go to the next file. Stored: never change. */
export const positionsPerFile = 4_194_304;

const twoTo32 = 0x1_0000_0000;
const offsetHighBits = 12;

/** Partitions that an entry can name (20 bits), and the bytes that it can address in each (44 bits). */
export const maxPartitions = 2 ** 20;
export const maxPartitionBytes = 2 ** 44;

export function writePositionEntry(bytes: Uint8Array, at: number, partitionId: number, offset: number): void {
  const offsetHigh = Math.floor(offset / twoTo32);
  writeU32(bytes, at + positionEntryLayout.low, offset >>> 0);
  writeU32(bytes, at + positionEntryLayout.high, ((partitionId << offsetHighBits) | offsetHigh) >>> 0);
}

export function readEntryPartition(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + positionEntryLayout.high) >>> offsetHighBits;
}

/** Byte offset of the frame in its partition; 0 in an entry that was never written. */
export function readEntryOffset(bytes: Uint8Array, at: number): number {
  const offsetHigh = readU32(bytes, at + positionEntryLayout.high) & ((1 << offsetHighBits) - 1);
  return readU32(bytes, at + positionEntryLayout.low) + offsetHigh * twoTo32;
}
