/**
 * The entry of the position index: where the frame of one position begins. Fixed size, so entry p - 1 is position p.
 * Layout: docs/format.md, "Position index".
 *
 * The index is rebuilt from frames and carries no checksum: an entry is trusted only when the frame it leads to is
 * intact and covers the requested position.
 */
import { readU32, writeU32 } from './bytes.ts';

/** An entry is one number of 64 bits: the offset in the lower ones, the partition in the upper ones. */
export const positionEntryBits = { offset: 44, partition: 20 } as const;
export const positionEntryBytes = 8;

/** Entries in one file of the position index; positions above go to the next file. Stored: never change. */
export const positionsPerFile = 4_194_304;

/** Partitions that an entry can name, and the bytes that it can address in each. */
export const maxPartitions = 2 ** positionEntryBits.partition;
export const maxPartitionBytes = 2 ** positionEntryBits.offset;

const twoTo32 = 0x1_0000_0000;
/** Bits of the offset in the upper half of an entry. */
const offsetHighBits = positionEntryBits.offset - 32;
/** Where the upper half of an entry begins. */
const highAt = 4;

/** Throws `RangeError` for what an entry cannot hold; a partition refuses such frames before this is called. */
export function writePositionEntry(bytes: Uint8Array, at: number, partitionId: number, offset: number): void {
  if (!(offset < maxPartitionBytes && partitionId < maxPartitions)) {
    throw new RangeError(`No entry can lead to offset ${offset} of partition ${partitionId}`);
  }
  const offsetHigh = Math.floor(offset / twoTo32);
  writeU32(bytes, at, offset >>> 0);
  writeU32(bytes, at + highAt, ((partitionId << offsetHighBits) | offsetHigh) >>> 0);
}

export function readEntryPartition(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + highAt) >>> offsetHighBits;
}

/** Byte offset of the frame in its partition; 0 in an entry that was never written. */
export function readEntryOffset(bytes: Uint8Array, at: number): number {
  const offsetHigh = readU32(bytes, at + highAt) & ((1 << offsetHighBits) - 1);
  return readU32(bytes, at) + offsetHigh * twoTo32;
}
