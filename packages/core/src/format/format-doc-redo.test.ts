/** Compares what docs/format.md says of the redo log with the code. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { decodeFixed, valuesOf } from '../../test/layout-table.ts';
import { checksumSeed } from './checksum.ts';
import {
  redoRecordFieldBytes,
  redoRecordKind,
  redoRecordLayout,
  redoSeed,
  redoWriteFieldBytes,
  redoWriteLayout,
  sealRedoRecord,
  writeRedoWriteHeader,
} from './redo-record.ts';

const page = new DocPage('format.md');
const seed = checksumSeed('0123456789abcdef0123456789abcdef');

describe('the redo log', () => {
  it.each([
    [0, redoRecordFieldBytes, redoRecordLayout],
    [1, redoWriteFieldBytes, redoWriteLayout],
  ] as const)('has in table %i the fields of the code, in that order, and no others', (table, sizes, layout) => {
    const offsets: Readonly<Record<string, number>> = layout;
    const documented = page.table('Redo log', table).map((row) => [row.field, Number(row.size), Number(row.offset)]);
    expect(documented).toEqual(Object.entries(sizes).map(([field, size]) => [field, size, offsets[field]]));
  });

  it('is decoded by its tables', () => {
    const fields = { sequence: 0x0605_0403_0201, since: 2 ** 39, durable: 2 ** 40 };
    const bytes = Buffer.alloc(redoRecordLayout.end + redoWriteLayout.end + 7, 'x');
    writeRedoWriteHeader(bytes, redoRecordLayout.end, { partitionId: 2 ** 20, offset: 2 ** 40, length: 7 });
    sealRedoRecord(bytes, bytes.length, fields, redoSeed(seed, 0x8070_6050));
    expect(valuesOf(decodeFixed(page.table('Redo log'), bytes))).toEqual({
      ...fields,
      checksum: crc32(bytes.subarray(4), crc32(Buffer.from([0x50, 0x60, 0x70, 0x80]), seed)),
      kind: redoRecordKind,
      length: bytes.length,
      reserved: Buffer.alloc(5),
    });
    const write = bytes.subarray(redoRecordLayout.end);
    expect(valuesOf(decodeFixed(page.table('Redo log', 1), write))).toEqual({
      partitionId: 2 ** 20,
      offset: 2 ** 40,
      length: 7,
    });
  });
});
