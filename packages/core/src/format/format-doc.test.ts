/** Compares docs/format.md with the code: each table decodes what the code has encoded. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { encodeFrame } from '../../test/encode-frame.ts';
import { describeExamples } from '../../test/format-example.ts';
import { decodeFixed, decodeVariable, valuesOf } from '../../test/layout-table.ts';
import { serializedKinds } from '../codec/serializer-codec.ts';
import {
  type CatalogRecord,
  catalogRecordFieldBytes,
  catalogRecordKinds,
  catalogRecordLayout,
  encodeCatalogRecord,
} from './catalog-record.ts';
import { maxBytesInOne, pieceBytes } from './pieces.ts';
import { checksumSeed } from './checksum.ts';
import {
  consumerHeaderFieldBytes,
  consumerHeaderLayout,
  consumerSlotFieldBytes,
  consumerSlotLayout,
} from './consumer-record.ts';
import {
  commitIdEntryFieldBytes,
  commitIdEntryLayout,
  commitIdHeaderFieldBytes,
  commitIdHeaderLayout,
} from './commit-id-run.ts';
import { encodeFileHeader, fileHeaderFieldBytes, fileHeaderLayout, formatVersion } from './file-header.ts';
import {
  blobFileName,
  commitIdsFileName,
  consumerFileName,
  consumerOwnerPath,
  fileNames,
  nameIndexFileName,
  partitionFolderName,
  positionsFileName,
  prevalenceFolderName,
  runFileName,
  segmentFileName,
  snapshotFileName,
} from './file-names.ts';
import { encodeLinks, maxIndexId } from './frame-links.ts';
import { frameFieldBytes, frameFlags, frameKind, frameLayout, maxUncompressedBytes } from './frame-layout.ts';
import { redoRecordAlignment, redoRecordKind } from './redo-record.ts';
import { encodeHeadSlot, headFieldBytes, headFlags, headKind, headLayout, headSlotDistance } from './head.ts';
import { fileKinds } from './magic.ts';
import { nameIndexFieldBytes, nameIndexLayout } from './name-index.ts';
import { maxPartitionBytes, maxPartitions, positionsPerFile } from './position-entry.ts';
import { maxPosting, runBlockBytes, runHeaderFieldBytes, runHeaderLayout } from './run.ts';
import { partedVersion } from './store-file.ts';
import type { FieldSizes } from './layout.ts';

const page = new DocPage('format.md');
const id = '0123456789abcdef0123456789abcdef';
const seed = checksumSeed(id);
const clockUs = 0x06_0504_0302_0100;

describe('the fixed layouts', () => {
  it.each<[string, FieldSizes, Readonly<Record<string, number>>]>([
    ['File header', fileHeaderFieldBytes, fileHeaderLayout],
    ['Frame', frameFieldBytes, frameLayout],
    ['Head', headFieldBytes, headLayout],
    ['Catalog', catalogRecordFieldBytes, catalogRecordLayout],
    ['Name index', nameIndexFieldBytes, nameIndexLayout],
    ['Index run', runHeaderFieldBytes, runHeaderLayout],
    ['Commit ids', commitIdHeaderFieldBytes, commitIdHeaderLayout],
    ['Commit id entry', commitIdEntryFieldBytes, commitIdEntryLayout],
    ['Consumer', consumerHeaderFieldBytes, consumerHeaderLayout],
    ['Consumer slot', consumerSlotFieldBytes, consumerSlotLayout],
  ])('"%s" has the fields of the code, in that order, and no others', (heading, sizes, layout) => {
    const documented = page.table(heading).map((row) => [row.field, Number(row.size), Number(row.offset)]);
    expect(documented).toEqual(Object.entries(sizes).map(([field, size]) => [field, size, layout[field]]));
  });

  it('"File header" decodes the header of a segment', () => {
    const header = { partitionId: 0x0403_0201, baseOffset: 0x0605_0403_0201, previous: 2 ** 31, epoch: 9 };
    const bytes = Buffer.from(encodeFileHeader({ kind: 'segment', ...header }, seed));
    expect(valuesOf(decodeFixed(page.table('File header'), bytes))).toEqual({
      ...header,
      checksum: crc32(bytes.subarray(4), seed),
      magic: Buffer.from('VARVE'),
      kind: fileKinds.segment,
      version: formatVersion,
      reserved: Buffer.alloc(35),
    });
  });

  it('"Head" decodes a slot', () => {
    const head = { sequence: 0x0605_0403_0201, epoch: 2 ** 32 - 1, visible: 7, durable: 6, indexed: 5 };
    const bytes = Buffer.alloc(64);
    const [catalog, durableCatalog] = [2 ** 40, 2 ** 39];
    const redo = 0x8070_6050;
    const sizes = { catalogBytes: catalog, durableCatalogBytes: durableCatalog, redo };
    encodeHeadSlot(bytes, { ...head, ...sizes, clockUs, clean: true, hasCommitIds: true }, seed);
    const fields = { ...head, catalog, durableCatalog, clock: clockUs, redo, checksum: crc32(bytes.subarray(4), seed) };
    expect(valuesOf(decodeFixed(page.table('Head'), bytes))).toEqual({
      ...fields,
      kind: headKind,
      flags: headFlags.clean + headFlags.commitIds,
      reserved: Buffer.alloc(7),
    });
  });
});

describe('a frame', () => {
  const flags = page.table('Frame', 1);
  const fields = {
    previous: 2 ** 31,
    epoch: 9,
    position: 2 ** 40,
    clockUs,
    streamId: 300,
    streamVersion: 2 ** 33,
    commitSize: 900,
    commitOffset: 200,
    links: encodeLinks([[1], [2, 300]]),
  };
  const payloads = [Buffer.alloc(200, 1), Buffer.from('second')];

  it('has the flags of the code, and no others', () => {
    const documented = flags.map((row) => [row.flag, Number(row.bit)]);
    expect(Object.fromEntries(documented)).toEqual(frameFlags);
  });

  it('has an optional part only for a flag that there is', () => {
    const conditions = page.table('Frame', 2).flatMap((row) => row.present!.split(', '));
    const present = new Set(conditions.map((condition) => condition.replace(/^not /, '')));
    expect(present).toEqual(new Set(['always', ...Object.keys(frameFlags)]));
  });

  it('is decoded by its tables', () => {
    const frame = encodeFrame({ seed, fields, payloads, metadata: Buffer.from('meta') });
    const fixed = decodeFixed(page.table('Frame'), frame);
    const variable = decodeVariable(page.table('Frame', 2), frame, fixed.at(-1)!.end, ['several', 'metadata', 'links']);
    expect(valuesOf([...fixed, ...variable])).toEqual({
      checksum: crc32(frame.subarray(4), seed),
      length: frame.length,
      previous: fields.previous,
      kind: frameKind,
      flags: frameFlags.several | frameFlags.metadata | frameFlags.links,
      epoch: fields.epoch,
      position: fields.position,
      clock: clockUs,
      streamId: fields.streamId,
      streamVersion: fields.streamVersion,
      count: 2,
      commitSize: 900,
      commitOffset: 200,
      metadataBytes: 4,
      linksBytes: fields.links.length,
      payloadBytes: [200, 6],
      links: Buffer.from(fields.links),
      metadata: Buffer.from('meta'),
      payloads: Buffer.concat(payloads),
    });
  });

  it('that is compressed is decoded by its tables', () => {
    const compressedBody = Buffer.from('small');
    const frame = encodeFrame({ seed, payloads, metadata: Buffer.from('meta'), compressedBody });
    const set = ['several', 'metadata', 'compressed'];
    expect(valuesOf(decodeVariable(page.table('Frame', 2), frame, frameLayout.end, set))).toEqual({
      streamId: 1,
      streamVersion: 1,
      count: 2,
      commitSize: 2,
      commitOffset: 0,
      metadataBytes: 4,
      uncompressedBytes: 210,
      payloadBytes: [200, 6],
      body: compressedBody,
    });
  });

  it('of one event is decoded by its tables', () => {
    const frame = encodeFrame({ seed, fields: { streamId: 7, streamVersion: 8 }, payloads: [payloads[1]!] });
    expect(valuesOf(decodeVariable(page.table('Frame', 2), frame, frameLayout.end))).toEqual({
      streamId: 7,
      streamVersion: 8,
      payloads: payloads[1],
    });
  });
});

describe('the catalog', () => {
  it('has the kinds of the code, and no others', () => {
    const documented = page.table('Catalog', 2).map((row) => [row.kind, Number(row.value)]);
    expect(Object.fromEntries(documented)).toEqual(catalogRecordKinds);
  });

  it.each<[CatalogRecord, string, string]>([
    [{ kind: 'stream', id: 300, name: 'öl', metadata: { a: 1 } }, 'öl', '{"a":1}'],
    [{ kind: 'partition', id: 1, name: 'shared', metadata: undefined }, 'shared', ''],
    [{ kind: 'structure', id: 0, keys: ['a', 'ö'] }, '["a","ö"]', ''],
    [{ kind: 'index', id: 2, name: 'Paid', metadata: { kind: 'type' } }, 'Paid', '{"kind":"type"}'],
    [{ kind: 'indexRemoved', id: 2, name: 'Paid', metadata: undefined }, 'Paid', ''],
    [{ kind: 'streamClosed', id: 1, name: 'orders', metadata: undefined }, 'orders', ''],
    [{ kind: 'segmentsArchived', id: 0, name: '/archive', metadata: { segments: [] } }, '/archive', '{"segments":[]}'],
    [{ kind: 'eventsDropped', id: 0, name: '', metadata: { before: 7 } }, '', '{"before":7}'],
    [{ kind: 'epoch', id: 3, after: 41 }, '41', ''],
  ])('is decoded by its tables: %j', (record, text, rest) => {
    const bytes = Buffer.from(encodeCatalogRecord(record, 77, seed));
    const fixed = decodeFixed(page.table('Catalog'), bytes);
    const variable = decodeVariable(page.table('Catalog', 1), bytes, fixed.at(-1)!.end);
    expect(valuesOf([...fixed, ...variable])).toEqual({
      checksum: crc32(bytes.subarray(4), seed),
      length: bytes.length,
      previous: 77,
      kind: catalogRecordKinds[record.kind],
      id: record.id,
      textBytes: Buffer.byteLength(text),
      text: Buffer.from(text),
      rest: Buffer.from(rest),
    });
  });
});

describe('the rest of the page', () => {
  it('names the files of the code, and no others', () => {
    const state = `${fileNames.consumers}/${consumerFileName({ kind: 'stream', key: 'orders' }, 'mailer')}`;
    const { partitions, indexes, commitIds, consumers: _, prevalence: _system, ...others } = fileNames;
    const names = [
      ...Object.values(others),
      nameIndexFileName(123_456),
      positionsFileName(1),
      `${partitions}/${partitionFolderName(1, 'shared')}/${segmentFileName(0)}`,
      `${indexes}/${runFileName(0, 131_072, 0)}`,
      `${indexes}/${runFileName(0, 131_072, 7)}`,
      `${commitIds}/${commitIdsFileName(0, 131_072)}`,
      `${prevalenceFolderName('registry')}/${snapshotFileName(123)}`,
      `${prevalenceFolderName('registry')}/blobs/${blobFileName('0123456789abcdef'.repeat(4))}`,
      state,
      `${state}.lock`,
      consumerOwnerPath(state),
      `${fileNames.consumers}/${consumerFileName({ kind: 'category', key: 'user' }, 'mailer')}`,
    ];
    expect(new Set(page.table('Files and folders').map((row) => row.name!))).toEqual(new Set(names));
  });

  it('gives the numbers of the code', () => {
    const redo = { redoRecordKind, redoRecordAlignment };
    const numbers = { formatVersion, partedVersion, frameKind, headKind, headSlotDistance, ...redo, positionsPerFile };
    const limits = {
      runBlockBytes,
      maxPosting,
      pieceBytes,
      maxBytesInOne,
      maxIndexId,
      maxPartitions,
      maxPartitionBytes,
      maxUncompressedBytes,
    };
    const documented = page.table('Numbers').map((row) => [row.name, Number.parseInt(row.value!, 10)]);
    expect(Object.fromEntries(documented)).toEqual({ ...numbers, ...limits });
  });

  it('gives the kinds of files and of serialized data', () => {
    const kinds = page.table('File header').find((row) => row.field === 'kind')!.meaning;
    expect(kinds).toBe('1 segment, 2 catalog, 3 index run, 4 name index');
    expect(Object.values(fileKinds)).toEqual([1, 2, 3, 4]);
    const documented = page.table('Payloads', 1).map((row) => [row.kind, Number(row.value)]);
    expect(Object.fromEntries(documented)).toEqual(serializedKinds);
  });

  it('shows the bytes that the code writes', () => {
    expect(page.codeBlocks('An example')).toEqual(describeExamples(page));
    expect(page.text).toContain(`its seed is 0x${seed.toString(16)}`);
  });

  it('ends its history with the version of the code', () => {
    expect(Number(page.table('Version history').at(-1)!.version)).toBe(partedVersion);
  });
});
