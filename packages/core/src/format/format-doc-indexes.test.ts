/** Compares what docs/format.md says of the indexes with the code. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { decodeFixed, decodeVariable, valuesOf } from '../../test/layout-table.ts';
import { checksumSeed } from './checksum.ts';
import { fileKinds } from './magic.ts';
import { encodeNameIndex, nameIndexLayout } from './name-index.ts';
import { pieceBytes } from './pieces.ts';
import { positionEntryBits, positionEntryBytes, writePositionEntry } from './position-entry.ts';
import { encodeRun, runBlockBytes, runHeaderLayout } from './run.ts';
import { encodePartFile, encodeStoreDescription } from './store-file.ts';
import { archivedSegmentsFields, droppedEventsFields } from './segment-record.ts';

const page = new DocPage('format.md');
const id = '0123456789abcdef0123456789abcdef';
const seed = checksumSeed(id);

describe('the indexes', () => {
  it('"Position index" gives the bits of an entry', () => {
    const bytes = Buffer.alloc(positionEntryBytes);
    writePositionEntry(bytes, 0, 0xabcde, 0x123_4567_89ab);
    const entry = bytes.readBigUInt64LE();
    const fields = page.table('Position index').map(({ field, bits }) => {
      const [first, last] = bits!.split('-').map(Number) as [number, number];
      return {
        field,
        width: last - first + 1,
        value: Number(BigInt.asUintN(last - first + 1, entry >> BigInt(first))),
      };
    });
    expect(fields).toEqual([
      { field: 'offset', width: positionEntryBits.offset, value: 0x123_4567_89ab },
      { field: 'partition', width: positionEntryBits.partition, value: 0xabcde },
    ]);
  });

  it('"Name index" decodes one', () => {
    const arrays = {
      hashes: Uint32Array.of(5, 6),
      hashIds: Uint32Array.of(2, 1),
      ids: Uint32Array.of(1, 2),
      offsetsLow: Uint32Array.of(64, 2 ** 32 - 1),
      offsetsHigh: Uint32Array.of(0, 3),
      othersLow: Uint32Array.of(9, 8, 7),
      othersHigh: Uint32Array.of(1, 2, 3),
    };
    const header = { covers: 2 ** 40, lastChecksum: 2 ** 31, nextId: 3 };
    const bytes = Buffer.from(encodeNameIndex({ ...header, ...arrays }, seed));
    const counts = { nameCount: 2, otherCount: 3 };
    const fixed = decodeFixed(page.table('Name index'), bytes);
    const variable = decodeVariable(page.table('Name index', 1), bytes, nameIndexLayout.end, [], counts);
    expect(valuesOf(fixed)).toMatchObject({ ...header, ...counts, kind: fileKinds.nameIndex, version: 1 });
    expect(valuesOf(fixed).bodyChecksum).toBe(crc32(bytes.subarray(64), seed));
    const expected = Object.entries(arrays).map(([field, numbers]) => [field, [...numbers]]);
    expect(Object.entries(valuesOf(variable))).toEqual(expected);
    expect(variable.at(-1)!.end).toBe(bytes.length);
  });

  it('"Name index" decodes one in pieces', () => {
    const numbers = Uint32Array.from({ length: 2000 }, (_, index) => index + 1);
    // The upper bits of a hash are those of a number that grows by 2^21 from name to name.
    const hashes = numbers.map((number) => number * 2 ** 21);
    const arrays = { hashes, hashIds: numbers, ids: numbers, offsetsLow: numbers, offsetsHigh: numbers };
    const others = { othersLow: Uint32Array.of(9), othersHigh: Uint32Array.of(1) };
    const contents = { covers: 2 ** 40, lastChecksum: 2 ** 31, nextId: 2001, ...arrays, ...others };
    const bytes = Buffer.from(encodeNameIndex(contents, seed));
    const fixed = valuesOf(decodeFixed(page.table('Name index'), bytes));
    expect(fixed).toMatchObject({ nameCount: 2000, otherCount: 1, hashBits: 7, kind: fileKinds.nameIndex, version: 2 });
    const starts = 2 ** 7 + 1;
    const counts = { nameCount: 2000, otherCount: 1, starts, pieces: Math.ceil((2000 * 5 + 2 + starts) / 4096) };
    const variable = decodeVariable(page.table('Name index', 1), bytes, nameIndexLayout.end, ['pieces'], counts);
    const { hashStarts, pieceChecksums, ...rest } = valuesOf(variable);
    expect(Object.entries(rest)).toEqual(
      Object.entries({ ...arrays, ...others }).map(([field, values]) => [field, [...values]]),
    );
    const upper = 2 ** 25;
    const expected = Array.from({ length: starts }, (_, bits) => hashes.filter((hash) => hash < bits * upper).length);
    expect(hashStarts).toEqual(expected);
    const sums = variable.at(-1)!;
    expect(sums.end).toBe(bytes.length);
    expect(fixed.bodyChecksum).toBe(crc32(bytes.subarray(sums.start), seed));
    expect(pieceChecksums).toEqual(checksumsOf(bytes.subarray(64, sums.start)));
  });

  it('"Index run" decodes one in pieces', () => {
    const ids = Uint32Array.from({ length: 5000 }, (_, index) => index + 1);
    const contents = {
      base: 1,
      last: 9000,
      onlyIndex: 0,
      epoch: 6,
      ids,
      starts: ids.map((id) => id - 1),
      postings: ids,
    };
    const bytes = Buffer.from(encodeRun(contents, seed));
    const fixed = valuesOf(decodeFixed(page.table('Index run'), bytes));
    expect(fixed).toMatchObject({ indexCount: 5000, entryCount: 5000, version: 2 });
    const known = { indexCount: 5000, blocks: 2, pieces: 3 };
    const variable = decodeVariable(page.table('Index run', 1), bytes, runHeaderLayout.end, ['pieces'], known);
    const sums = variable.at(-1)!;
    expect(valuesOf(variable)).toMatchObject({
      ids: [...ids],
      pieceChecksums: checksumsOf(bytes.subarray(64, sums.start)),
    });
    expect(fixed.directoryChecksum).toBe(crc32(bytes.subarray(sums.start, sums.end), seed));
    expect(bytes.readUInt32LE(Math.ceil(sums.end / runBlockBytes) * runBlockBytes)).toBe(1);
  });

  it('"Index run" decodes one', () => {
    const header = { base: 2 ** 40, last: 2 ** 41, onlyIndex: 4, epoch: 6 };
    const [ids, starts] = [Uint32Array.of(4, 9), Uint32Array.of(0, 1)];
    const postings = Uint32Array.of(3, 1, 2);
    const bytes = Buffer.from(encodeRun({ ...header, ids, starts, postings }, seed));
    const counts = { indexCount: 2, entryCount: 3 };
    const fixed = decodeFixed(page.table('Index run'), bytes);
    expect(valuesOf(fixed)).toMatchObject({ ...header, ...counts, kind: fileKinds.run, version: 1 });
    const variable = decodeVariable(page.table('Index run', 1), bytes, runHeaderLayout.end, [], {
      ...counts,
      blocks: 1,
    });
    const blockChecksums = [crc32(bytes.subarray(runBlockBytes), seed)];
    expect(valuesOf(variable)).toEqual({ ids: [4, 9], starts: [0, 1], blockChecksums });
    expect(valuesOf(fixed).directoryChecksum).toBe(crc32(bytes.subarray(64, variable.at(-1)!.end), seed));
    expect(bytes.subarray(runBlockBytes)).toEqual(Buffer.from(postings.buffer));
  });
});

function checksumsOf(bytes: Buffer): number[] {
  const pieces = Math.ceil(bytes.length / pieceBytes);
  return Array.from({ length: pieces }, (_, piece) =>
    crc32(bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes), seed),
  );
}

it('docs/format.md has the fields of archived and dropped segments in their order', () => {
  const archived = archivedSegmentsFields([]);
  const dropped = droppedEventsFields({ before: 1, beginnings: [], epochs: [] });
  const fields = (number: number) => page.table('Archived and dropped segments', number).map((row) => row.field);
  expect(fields(0)).toEqual(Object.keys(archived));
  expect(fields(1)).toEqual(Object.keys(dropped));
});

it('docs/format.md has the fields of store.json in their order', () => {
  const text = encodeStoreDescription({
    id,
    codec: 'json',
    partitioner: 'shared',
    created: '',
    compression: { algorithm: 'zstd', dictionary: Buffer.from('a') },
    dataDirectory: '/data',
    indexDirectory: '/indexes',
  });
  const fields = Object.entries(JSON.parse(text) as object).map(([field, value]) => [
    field,
    typeof value === 'number' ? 'number' : 'text',
  ]);
  expect(page.table('store.json').map((row) => [row.field, row.type])).toEqual(fields);
});

it('docs/format.md has the fields of part.json in their order', () => {
  const fields = Object.keys(JSON.parse(encodePartFile({ store: id, directory: '/data' })) as object);
  expect(page.table('Files elsewhere').map((row) => row.field)).toEqual(fields);
});
