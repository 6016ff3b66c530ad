/**
 * Records of the catalog: names and their ids, and the codec's structures. Append-only and chained like frames: each
 * record holds the checksum of the one before, so that splices show. Layout: docs/format.md, "Catalog record".
 *
 * A record is on disk before the first frame that needs it.
 */
import { readU32, readU8, VarintReader, varintLength, writeU32, writeU8, writeVarint } from './bytes.ts';
import { checksum } from './checksum.ts';

export const catalogRecordLayout = { checksum: 0, length: 4, previous: 8, kind: 12, variable: 13 } as const;

/** Stored: never change these values. */
export const catalogRecordKinds = { stream: 1, partition: 2, structure: 3 } as const;

/** The shortest record: the fixed part, an id and an empty name. */
export const minCatalogRecordBytes = catalogRecordLayout.variable + 2;

/** A write stream: an index that gets every event committed to its name. */
export interface StreamRecord {
  readonly kind: 'stream';
  readonly id: number;
  readonly name: string;
  /** What the option `streamMetadata` gave when the stream was made. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** A partition: a folder of segment files. */
export interface PartitionRecord {
  readonly kind: 'partition';
  readonly id: number;
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** The keys of one shape of object, which msgpackr's records refer to by id. */
export interface StructureRecord {
  readonly kind: 'structure';
  readonly id: number;
  readonly keys: readonly string[];
}

export type CatalogRecord = StreamRecord | PartitionRecord | StructureRecord;

/** Why bytes are not a catalog record. */
export type CatalogRecordFault = 'short' | 'length' | 'checksum' | 'fields';

export interface DecodedCatalogRecord {
  readonly record: CatalogRecord;
  readonly end: number;
  readonly checksum: number;
  readonly previous: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeCatalogRecord(record: CatalogRecord, previous: number, seed: number): Uint8Array {
  const text = encoder.encode(record.kind === 'structure' ? JSON.stringify(record.keys) : record.name);
  const metadata =
    record.kind === 'structure' || record.metadata === undefined
      ? new Uint8Array(0)
      : encoder.encode(JSON.stringify(record.metadata));
  const textAt = catalogRecordLayout.variable + varintLength(record.id) + varintLength(text.length);
  const bytes = new Uint8Array(textAt + text.length + metadata.length);
  writeU32(bytes, catalogRecordLayout.length, bytes.length);
  writeU32(bytes, catalogRecordLayout.previous, previous);
  writeU8(bytes, catalogRecordLayout.kind, catalogRecordKinds[record.kind]);
  writeVarint(bytes, writeVarint(bytes, catalogRecordLayout.variable, record.id), text.length);
  bytes.set(text, textAt);
  bytes.set(metadata, textAt + text.length);
  writeU32(bytes, catalogRecordLayout.checksum, checksum(bytes, catalogRecordLayout.length, bytes.length, seed));
  return bytes;
}

/** The checksum field of an encoded record, which the next record's `previous` repeats. */
export function catalogRecordChecksum(bytes: Uint8Array): number {
  return readU32(bytes, catalogRecordLayout.checksum);
}

/** Parses the record at `start`; `limit` is the end of the available bytes. */
export function decodeCatalogRecord(
  bytes: Uint8Array,
  start: number,
  limit: number,
  seed: number,
): DecodedCatalogRecord | CatalogRecordFault {
  if (limit - start < minCatalogRecordBytes) return 'short';
  const length = readU32(bytes, start + catalogRecordLayout.length);
  if (length < minCatalogRecordBytes) return 'length';
  if (length > limit - start) return 'short';
  const end = start + length;
  const sum = readU32(bytes, start + catalogRecordLayout.checksum);
  if (checksum(bytes, start + catalogRecordLayout.length, end, seed) !== sum) return 'checksum';
  const record = decodeBody(bytes, start, end);
  if (record === undefined) return 'fields';
  return { record, end, checksum: sum, previous: readU32(bytes, start + catalogRecordLayout.previous) };
}

function decodeBody(bytes: Uint8Array, start: number, end: number): CatalogRecord | undefined {
  const varints = new VarintReader();
  varints.at = start + catalogRecordLayout.variable;
  const id = varints.read(bytes);
  const textBytes = varints.read(bytes);
  const textEnd = varints.at + textBytes;
  if (!(textEnd <= end)) return undefined;
  const text = decoder.decode(bytes.subarray(varints.at, textEnd));
  const metadata = textEnd === end ? undefined : parseObject(decoder.decode(bytes.subarray(textEnd, end)));
  switch (readU8(bytes, start + catalogRecordLayout.kind)) {
    case catalogRecordKinds.stream:
      return { kind: 'stream', id, name: text, metadata };
    case catalogRecordKinds.partition:
      return { kind: 'partition', id, name: text, metadata };
    case catalogRecordKinds.structure:
      return { kind: 'structure', id, keys: JSON.parse(text) as string[] };
    default:
      return undefined;
  }
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  return JSON.parse(json) as Record<string, unknown>;
}
