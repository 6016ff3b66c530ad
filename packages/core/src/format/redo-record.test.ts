import { describe, expect, it } from 'vitest';
import {
  decodeRedoRecord,
  redoRecordLayout,
  redoSeed,
  type RedoWrite,
  redoWriteLayout,
  sealRedoRecord,
  writeRedoWriteHeader,
} from './redo-record.ts';

const seed = 0x1234_5678;
const writes: readonly RedoWrite[] = [
  { partitionId: 1, offset: 64, bytes: Buffer.from('first') },
  { partitionId: 2 ** 20 - 1, offset: 2 ** 44 - 1, bytes: Buffer.from('second, and longer') },
  { partitionId: 3, offset: 0, bytes: Buffer.alloc(0) },
];

function encode(list: readonly RedoWrite[], recordSeed = seed): Buffer {
  const heads = list.map(({ partitionId, offset, bytes }) => {
    const head = Buffer.alloc(redoWriteLayout.end);
    writeRedoWriteHeader(head, 0, { partitionId, offset, length: bytes.length });
    return [head, bytes];
  });
  const record = Buffer.concat([Buffer.alloc(redoRecordLayout.end), ...heads.flat()]);
  sealRedoRecord(record, record.length, { sequence: 2 ** 40, since: 2 ** 39, durable: 2 ** 41 }, recordSeed);
  return record;
}

describe('a record of the redo log', () => {
  it('is decoded wherever it begins, whatever is behind it', () => {
    const record = encode(writes);
    const bytes = Buffer.concat([Buffer.alloc(9, 1), record, Buffer.alloc(30, 2)]);
    const decoded = decodeRedoRecord(bytes, 9, seed);
    expect(decoded).toMatchObject({
      sequence: 2 ** 40,
      since: 2 ** 39,
      durable: 2 ** 41,
      sizeBytes: record.length,
    });
    expect(decoded?.writes.map(({ bytes: each, ...rest }) => ({ ...rest, bytes: Buffer.from(each) }))).toEqual(writes);
  });

  it('is none of a log with another number, however alike their stores', () => {
    const [one, other] = [redoSeed(seed, 1), redoSeed(seed, 2)];
    const record = encode(writes, one);
    expect(decodeRedoRecord(record, 0, one)).toMatchObject({ sequence: 2 ** 40 });
    for (const wrong of [other, seed, redoSeed(seed + 1, 1)]) {
      expect(decodeRedoRecord(record, 0, wrong)).toBeUndefined();
    }
  });

  it('is none with any bit turned over, cut off anywhere, or of another store', () => {
    const record = encode(writes);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const damaged = Buffer.from(record);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeRedoRecord(damaged, 0, seed)).toBeUndefined();
    }
    for (let length = 0; length < record.length; length++) {
      expect(decodeRedoRecord(record.subarray(0, length), 0, seed)).toBeUndefined();
    }
    expect(decodeRedoRecord(record, 0, seed + 1)).toBeUndefined();
  });

  it.each([
    ['a write that is longer than the record', 2 ** 32 - 1],
    ['bytes behind the last write that are no write', 0],
  ])('is none with %s, though its checksum is right', (_, length) => {
    const record = encode([{ partitionId: 1, offset: 64, bytes: Buffer.from('first') }]);
    writeRedoWriteHeader(record, redoRecordLayout.end, { partitionId: 1, offset: 64, length });
    sealRedoRecord(record, record.length, { sequence: 1, since: 1, durable: 0 }, seed);
    expect(decodeRedoRecord(record, 0, seed)).toBeUndefined();
  });
});
