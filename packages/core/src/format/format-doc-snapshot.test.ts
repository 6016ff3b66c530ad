/** Compares what docs/format.md says of the snapshots of prevalent systems with the code. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { decodeFixed, valuesOf } from '../../test/layout-table.ts';
import { writeU32 } from './bytes.ts';
import { checksum, checksumSeed } from './checksum.ts';
import {
  decodeSnapshotChunk,
  decodeSnapshotHeader,
  encodeSnapshotChunk,
  encodeSnapshotHeader,
  snapshotChunkFieldBytes,
  snapshotChunkKinds,
  snapshotChunkLayout,
  snapshotHeaderFieldBytes,
  snapshotHeaderLayout,
} from './snapshot-file.ts';

const page = new DocPage('format.md');
const seed = checksumSeed('0123456789abcdef0123456789abcdef');
const header = {
  modelVersion: 2 ** 31,
  position: 2 ** 40,
  journalVersion: 2 ** 39,
  epoch: 9,
  frameChecksum: 2 ** 32 - 1,
  clockUs: 0x06_0504_0302_0100,
  nextId: 2 ** 41,
};

describe('a snapshot', () => {
  it.each([
    ['Snapshot', snapshotHeaderFieldBytes, snapshotHeaderLayout],
    ['Snapshot chunk', snapshotChunkFieldBytes, snapshotChunkLayout],
  ] as const)('"%s" has the fields of the code, in that order, and no others', (heading, sizes, layout) => {
    const offsets: Readonly<Record<string, number>> = layout;
    const documented = page.table(heading).map((row) => [row.field, Number(row.size), Number(row.offset)]);
    expect(documented).toEqual(Object.entries(sizes).map(([field, size]) => [field, size, offsets[field]]));
  });

  it('is decoded by its tables', () => {
    const bytes = Buffer.from(encodeSnapshotHeader(header, seed));
    const { clockUs, ...fields } = header;
    expect(valuesOf(decodeFixed(page.table('Snapshot'), bytes))).toEqual({
      ...fields,
      clock: clockUs,
      checksum: crc32(bytes.subarray(4), seed),
      magic: Buffer.from('VARVS'),
      version: 1,
      reserved: Buffer.alloc(17),
    });
    const chunk = Buffer.from(encodeSnapshotChunk({ kind: 'end', body: Buffer.from('body') }, 7, seed));
    const sum = crc32(chunk.subarray(4), seed);
    expect(valuesOf(decodeFixed(page.table('Snapshot chunk'), chunk))).toEqual({
      checksum: sum,
      length: 17,
      number: 7,
      kind: snapshotChunkKinds.end,
    });
    const kinds = page.table('Snapshot chunk').find(({ field }) => field === 'kind')!.meaning;
    expect(kinds).toBe('1 objects, 2 end');
    expect(snapshotChunkKinds).toEqual({ objects: 1, end: 2 });
  });

  it('is read back, and not when a byte of it is another one', () => {
    const bytes = encodeSnapshotHeader(header, seed);
    expect(decodeSnapshotHeader(bytes, seed)).toEqual(header);
    expect(decodeSnapshotHeader(bytes, seed + 1)).toBe('checksum');
    expect(decodeSnapshotHeader(bytes.subarray(0, 63), seed)).toBe('short');
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(decodeSnapshotHeader(damaged, seed)).toBe(at >= 4 && at < 9 ? 'magic' : 'checksum');
    }
    const later = Uint8Array.from(bytes);
    later[snapshotHeaderLayout.version] = 2;
    writeU32(later, snapshotHeaderLayout.checksum, checksum(later, snapshotHeaderLayout.magic, later.length, seed));
    expect(decodeSnapshotHeader(later, seed)).toBe('version');
    const body = Buffer.from('some objects');
    const chunk = encodeSnapshotChunk({ kind: 'objects', body }, 3, seed);
    const file = Buffer.concat([Buffer.alloc(5), chunk]);
    const found = { chunk: { kind: 'objects', body }, end: file.length };
    expect(decodeSnapshotChunk(file, 5, 3, seed)).toEqual(found);
    expect(decodeSnapshotChunk(file, 5, 4, seed)).toBe('order');
    expect(decodeSnapshotChunk(file.subarray(0, -1), 5, 3, seed)).toBe('short');
    for (let at = 5; at < file.length; at++) {
      const damaged = Uint8Array.from(file, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(['checksum', 'short']).toContain(decodeSnapshotChunk(damaged, 5, 3, seed));
    }
  });
});
