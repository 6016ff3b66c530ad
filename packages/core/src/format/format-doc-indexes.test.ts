/** Holds what docs/format.md says of the indexes against the code. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { decodeFixed, decodeVariable, valuesOf } from '../../test/layout-table.ts';
import { checksumSeed } from './checksum.ts';
import { fileKinds } from './magic.ts';
import { encodeNameIndex, nameIndexLayout } from './name-index.ts';
import { positionEntryBits, positionEntryBytes, writePositionEntry } from './position-entry.ts';
import { encodeRun, runBlockBytes, runHeaderLayout } from './run.ts';
import { encodePartFile } from './store-file.ts';
import { archivedSegmentsFields, droppedEventsFields } from './segment-record.ts';

const page = new DocPage('format.md');
const seed = checksumSeed('0123456789abcdef0123456789abcdef');

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

it('docs/format.md has the fields of archived and dropped segments in their order', () => {
  const archived = archivedSegmentsFields([]);
  const dropped = droppedEventsFields({ before: 1, beginnings: [], epochs: [] });
  const fields = (number: number) => page.table('Archived and dropped segments', number).map((row) => row.field);
  expect(fields(0)).toEqual(Object.keys(archived));
  expect(fields(1)).toEqual(Object.keys(dropped));
});

it('docs/format.md has the fields of part.json in their order', () => {
  const fields = Object.keys(
    JSON.parse(encodePartFile({ store: '0123456789abcdef0123456789abcdef', directory: '/data' })) as object,
  );
  expect(page.table('Files elsewhere').map((row) => row.field)).toEqual(fields);
});
