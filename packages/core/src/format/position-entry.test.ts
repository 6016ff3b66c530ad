import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import {
  maxPartitionBytes,
  maxPartitions,
  positionEntryBytes,
  positionsPerFile,
  readEntryOffset,
  readEntryPartition,
  writePositionEntry,
} from './position-entry.ts';

describe('a position entry', () => {
  const partitions = [0, 1, 2 ** 12, 2 ** 19, maxPartitions - 1];
  const offsets = [0, 64, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 43, maxPartitionBytes - 1];
  const cases = partitions.flatMap((partition) => offsets.map((offset) => ({ partition, offset })));

  it.each(cases)('keeps partition $partition and offset $offset', ({ partition, offset }) => {
    const bytes = new Uint8Array(positionEntryBytes + 2).fill(0xaa);
    writePositionEntry(bytes, 1, partition, offset);
    expect(readEntryPartition(bytes, 1)).toBe(partition);
    expect(readEntryOffset(bytes, 1)).toBe(offset);
    expect([bytes[0], bytes[positionEntryBytes + 1]]).toEqual([0xaa, 0xaa]);
  });

  it('is one number of 64 bits: the offset below, the partition above', () => {
    const bytes = Buffer.alloc(positionEntryBytes);
    writePositionEntry(bytes, 0, 0xabcde, 0x123_4567_89ab);
    expect(bytes.readBigUInt64LE()).toBe(0xabcde_123_4567_89abn);
  });

  it('refuses what it cannot hold', () => {
    const bytes = new Uint8Array(positionEntryBytes);
    expect(() => writePositionEntry(bytes, 0, 1, maxPartitionBytes)).toThrow(RangeError);
    expect(() => writePositionEntry(bytes, 0, maxPartitions, 0)).toThrow(RangeError);
    expect(bytes).toEqual(new Uint8Array(positionEntryBytes));
  });

  it('that was never written has the offset 0, at which no frame lies', () => {
    expect(readEntryOffset(new Uint8Array(positionEntryBytes), 0)).toBe(0);
  });

  it('fills whole blocks of a file', () => {
    expect((positionsPerFile * positionEntryBytes) % 16_384).toBe(0);
  });

  it(`gives what it can hold for any bytes (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const copy = new Uint8Array(positionEntryBytes);
    for (let round = 0; round < 3000; round++) {
      const bytes = random.bytes(positionEntryBytes);
      writePositionEntry(copy, 0, readEntryPartition(bytes, 0), readEntryOffset(bytes, 0));
      expect(Buffer.from(copy)).toEqual(bytes);
    }
  });
});
