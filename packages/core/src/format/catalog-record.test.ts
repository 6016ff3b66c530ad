import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { VarintReader, varintLength, writeU32, writeU8, writeVarint } from './bytes.ts';
import {
  type CatalogRecord,
  catalogRecordChecksum,
  catalogRecordKinds,
  catalogRecordLayout,
  decodeCatalogRecord,
  type DecodedCatalogRecord,
  encodeCatalogRecord,
  minCatalogRecordBytes,
} from './catalog-record.ts';
import { checksum } from './checksum.ts';
import { maxIndexId } from './frame-links.ts';
import { maxPartitions } from './position-entry.ts';

const seed = 0x1234_5678;
const stream: CatalogRecord = { kind: 'stream', id: 1, name: 'orders', metadata: undefined };

function decode(bytes: Uint8Array, start = 0, limit = bytes.length): DecodedCatalogRecord | string {
  return decodeCatalogRecord(bytes, start, limit, seed);
}

/** A record with any bytes after its fixed part, and the matching checksum. */
function forge(kind: number, variable: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(catalogRecordLayout.end), variable]);
  writeU32(bytes, catalogRecordLayout.length, bytes.length);
  writeU8(bytes, catalogRecordLayout.kind, kind);
  writeU32(bytes, catalogRecordLayout.checksum, checksum(bytes, catalogRecordLayout.length, bytes.length, seed));
  return bytes;
}

function variablePart(id: number, text: Uint8Array, rest = ''): Buffer {
  const start = Buffer.alloc(varintLength(id) + varintLength(text.length));
  writeVarint(start, writeVarint(start, 0, id), text.length);
  return Buffer.concat([start, text, Buffer.from(rest)]);
}

describe('a catalog record', () => {
  it.each<CatalogRecord>([
    stream,
    { kind: 'stream', id: 0, name: '', metadata: undefined },
    { kind: 'stream', id: maxIndexId, name: 'ö 漢字 \u{1f600}\0', metadata: {} },
    { kind: 'stream', id: 5, name: '\ufefforders', metadata: undefined },
    { kind: 'stream', id: 128, name: 'x'.repeat(200), metadata: { category: 'order', nested: { list: [1, null] } } },
    { kind: 'partition', id: maxPartitions - 1, name: 'shared', metadata: undefined },
    { kind: 'index', id: 9, name: 'paid orders', metadata: { kind: 'matcher', matcher: { paid: true } } },
    { kind: 'index', id: maxIndexId, name: 'Paid', metadata: undefined },
    { kind: 'indexRemoved', id: 9, name: 'paid orders', metadata: undefined },
    { kind: 'streamClosed', id: 1, name: 'orders', metadata: undefined },
    { kind: 'segmentsArchived', id: 0, name: '/archive ö', metadata: { segments: [[1, 0, 512, 7, 9]] } },
    { kind: 'eventsDropped', id: 0, name: '', metadata: { before: 7 } },
    { kind: 'epoch', id: 2, after: 0 },
    { kind: 'epoch', id: 0xffff_ffff, after: Number.MAX_SAFE_INTEGER },
    { kind: 'structure', id: 0, keys: [] },
    { kind: 'structure', id: 7999, keys: ['type', 'ö', '', 'constructor', '\ud800'] },
  ])('keeps %j', (record) => {
    const bytes = encodeCatalogRecord(record, 77, seed);
    const decoded = decode(bytes);
    expect(decoded).toEqual({ record, end: bytes.length, checksum: catalogRecordChecksum(bytes), previous: 77 });
  });

  it.each<[string, unknown]>([
    ['a list', [1]],
    ['a date', new Date(0)],
    ['nothing that JSON has', () => 1],
  ])('is never made with metadata that are %s', (_, metadata) => {
    expect(() => encodeCatalogRecord({ ...stream, metadata: metadata as never }, 0, seed)).toThrow(TypeError);
  });

  it.each<CatalogRecord>([
    { ...stream, id: maxIndexId + 1 },
    { kind: 'partition', id: maxPartitions, name: 'a', metadata: undefined },
    { kind: 'structure', id: 8192, keys: [] },
  ])('is never made with the id of %j', (record) => {
    expect(() => encodeCatalogRecord(record, 0, seed)).toThrow(TypeError);
  });

  it('is found between others', () => {
    const bytes = encodeCatalogRecord(stream, 0, seed);
    const three = Buffer.concat([bytes, bytes, bytes]);
    expect(decode(three, bytes.length)).toMatchObject({ record: stream, end: 2 * bytes.length });
  });

  it('makes no difference between metadata with the key __proto__ and other metadata', () => {
    const metadata = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
    const decoded = decode(encodeCatalogRecord({ ...stream, metadata }, 0, seed)) as DecodedCatalogRecord;
    expect(decoded.record).toHaveProperty('metadata');
    expect(Object.keys((decoded.record as typeof stream).metadata!)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });

  it('is short when it is cut off anywhere', () => {
    const bytes = encodeCatalogRecord(stream, 0, seed);
    for (let limit = 0; limit < bytes.length; limit++) expect(decode(bytes, 0, limit)).toBe('short');
  });

  it('shows a flip of any one bit', () => {
    const good = encodeCatalogRecord({ ...stream, metadata: { a: 1 } }, 0, seed);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(['short', 'length', 'checksum']).toContain(decode(bytes));
    }
  });

  it('has an impossible length, or another store', () => {
    const bytes = encodeCatalogRecord(stream, 0, seed);
    expect(decodeCatalogRecord(bytes, 0, bytes.length, seed + 1)).toBe('checksum');
    writeU32(bytes, catalogRecordLayout.length, minCatalogRecordBytes - 1);
    expect(decode(bytes)).toBe('length');
  });

  const { stream: streamKind, partition, structure, index, indexRemoved, streamClosed, epoch } = catalogRecordKinds;
  const text = (value: string): Buffer => Buffer.from(value);
  it.each([
    ['a kind that is unknown', 9, variablePart(1, text('a'))],
    ['the kind 0', 0, variablePart(1, text('a'))],
    ['a name that is not UTF-8', streamKind, variablePart(1, Buffer.of(0xff, 0xfe))],
    ['metadata that are not UTF-8', streamKind, Buffer.concat([variablePart(1, text('a')), Buffer.of(0xff)])],
    ['metadata that are not JSON', streamKind, variablePart(1, text('a'), '{')],
    ['metadata that are a list', streamKind, variablePart(1, text('a'), '[1]')],
    ['metadata that are null', partition, variablePart(1, text('a'), 'null')],
    ['metadata that are a number', partition, variablePart(1, text('a'), '7')],
    ['keys that are not JSON', structure, variablePart(1, text('[1,'))],
    ['keys that are no list', structure, variablePart(1, text('{"length":1}'))],
    ['keys that are no texts', structure, variablePart(1, text('["a",1]'))],
    ['something behind the keys', structure, variablePart(1, text('["a"]'), 'x')],
    ['something behind the name of an index that was removed', indexRemoved, variablePart(1, text('a'), '{}')],
    ['an epoch that begins nowhere', epoch, variablePart(2, text(''))],
    ['an epoch that begins behind no number', epoch, variablePart(2, text('1e3'))],
    ['an epoch that begins too far', epoch, variablePart(2, text('9007199254740993'))],
    ['something behind the position of an epoch', epoch, variablePart(2, text('7'), '{}')],
    ['something behind the name of a stream that was closed', streamClosed, variablePart(1, text('a'), '{}')],
    ['a definition that is no object', index, variablePart(1, text('a'), '"matcher"')],
    ['an id that no index can have', index, variablePart(maxIndexId + 1, text('a'))],
    ['an id that no structure can have', structure, variablePart(2 ** 20, text('["a"]'))],
    ['an id that no stream can have', streamKind, variablePart(maxIndexId + 1, text('a'))],
    ['an id that no partition can have', partition, variablePart(maxPartitions, text('a'))],
    ['a name that ends behind it', streamKind, Buffer.of(1, 5, 0x61)],
    ['an id that does not end', streamKind, Buffer.alloc(12, 0xff)],
    ['a length that does not end', streamKind, Buffer.concat([Buffer.of(1), Buffer.alloc(12, 0xff)])],
  ])('has fields that cannot be: %s', (_, kind, variable) => {
    expect(decode(forge(kind, variable))).toBe('fields');
  });

  it(`is refused or read safely when its bytes are hostile (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const varints = new VarintReader();
    let whole = 0;
    for (let round = 0; round < 20_000; round++) {
      const keys = { kind: 'structure', id: 3, keys: ['a', 'b'] } as const;
      const good = encodeCatalogRecord(random.pick([stream, keys, { ...stream, metadata: { a: 'ö' } }]), 0, seed);
      const variable = random.mutate(good.subarray(catalogRecordLayout.end));
      const bytes = forge(random.below(8), random.pick([variable, random.bytes(random.below(40))]));
      const decoded = decode(bytes);
      if (typeof decoded === 'string') continue;
      whole++;
      varints.at = catalogRecordLayout.end;
      expect(decoded.record.id).toBe(varints.read(bytes));
      expect(decoded.end).toBe(bytes.length);
    }
    expect(whole).toBeGreaterThan(500);
  });
});
