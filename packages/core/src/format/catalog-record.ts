/**
 * Records of the catalog: names and their ids, and the codec's structures. Append-only and chained like frames: each
 * record holds the checksum of the one before, so that splices are detected. Layout: docs/format.md, "Catalog record".
 *
 * A record is on disk before the first frame that needs it.
 */
import { readU32, readU8, VarintReader, varintLength, writeU32, writeU8, writeVarint } from './bytes.ts';
import { checksum, viewOf } from './checksum.ts';
import { maxIndexId } from './frame-links.ts';
import { layOut } from './layout.ts';
import { maxPartitions } from './position-entry.ts';
import { readShortText } from './short-text.ts';

export const catalogRecordFieldBytes = { checksum: 4, length: 4, previous: 4, kind: 1 } as const;

export const catalogRecordLayout = layOut(catalogRecordFieldBytes);

/** Stored: never change these values. */
export const catalogRecordKinds = {
  stream: 1,
  partition: 2,
  structure: 3,
  index: 4,
  indexRemoved: 5,
  streamClosed: 6,
  segmentsArchived: 7,
  eventsDropped: 8,
  epoch: 9,
} as const;

/** The shortest record: the fixed part, an id and an empty name. */
export const minCatalogRecordBytes = catalogRecordLayout.end + 2;

/** A write stream: an index of every event committed to its name. */
export interface StreamRecord {
  readonly kind: 'stream';
  readonly id: number;
  readonly name: string;
  /** What the option `streamMetadata` returned when the stream was created. */
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

/**
 * An index other than a write stream; its metadata say what belongs to it. A later record with the same id replaces it.
 */
export interface IndexRecord {
  readonly kind: 'index';
  readonly id: number;
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** An index was removed; links to its id in frames mean nothing from now on. */
export interface IndexRemovedRecord {
  readonly kind: 'indexRemoved';
  readonly id: number;
  readonly name: string;
  readonly metadata: undefined;
}

/** The write stream with this id takes no more events. */
export interface StreamClosedRecord {
  readonly kind: 'streamClosed';
  readonly id: number;
  readonly name: string;
  readonly metadata: undefined;
}

/** Segments were moved to the archive directory `name`, or events were dropped; the metadata say which. */
export interface SegmentsRecord {
  readonly kind: 'segmentsArchived' | 'eventsDropped';
  readonly id: 0;
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A writer opened the store: events after that position belong to its epoch, which is the id, or to a later one. */
export interface EpochRecord {
  readonly kind: 'epoch';
  readonly id: number;
  readonly after: number;
}

/** The records that have a name and may have metadata. */
type NamedRecord =
  StreamRecord | PartitionRecord | IndexRecord | IndexRemovedRecord | StreamClosedRecord | SegmentsRecord;

export function isSegmentsRecord(record: CatalogRecord): record is SegmentsRecord {
  return record.kind === 'segmentsArchived' || record.kind === 'eventsDropped';
}

export type CatalogRecord = NamedRecord | StructureRecord | EpochRecord;

/** Why bytes are not a catalog record. */
export type CatalogRecordFault = 'short' | 'length' | 'checksum' | 'fields';

export interface DecodedCatalogRecord {
  readonly record: CatalogRecord;
  readonly end: number;
  readonly checksum: number;
  readonly previous: number;
}

/** The highest id of each kind of record. */
const maxIds = {
  stream: maxIndexId,
  partition: maxPartitions - 1,
  structure: 8191,
  index: maxIndexId,
  indexRemoved: maxIndexId,
  streamClosed: maxIndexId,
  segmentsArchived: 0,
  eventsDropped: 0,
  epoch: 0xffff_ffff,
} as const;

/** A name may begin with U+FEFF, which the decoder would otherwise drop as a byte order mark. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The record as bytes. Throws `TypeError` when it holds what `decodeCatalogRecord` would refuse. */
export function encodeCatalogRecord(record: CatalogRecord, previous: number, seed: number): Uint8Array {
  if (!(record.id <= maxIds[record.kind])) throw new TypeError(`No ${record.kind} can have the id ${record.id}`);
  const text = Buffer.from(textOf(record));
  const metadata = Buffer.from('metadata' in record ? encodeMetadata(record.metadata) : '');
  const textAt = catalogRecordLayout.end + varintLength(record.id) + varintLength(text.length);
  const bytes = new Uint8Array(textAt + text.length + metadata.length);
  writeU32(bytes, catalogRecordLayout.length, bytes.length);
  writeU32(bytes, catalogRecordLayout.previous, previous);
  writeU8(bytes, catalogRecordLayout.kind, catalogRecordKinds[record.kind]);
  writeVarint(bytes, writeVarint(bytes, catalogRecordLayout.end, record.id), text.length);
  bytes.set(text, textAt);
  bytes.set(metadata, textAt + text.length);
  writeU32(bytes, catalogRecordLayout.checksum, checksum(bytes, catalogRecordLayout.length, bytes.length, seed));
  return bytes;
}

function textOf(record: CatalogRecord): string {
  if (record.kind === 'structure') return JSON.stringify(record.keys);
  return record.kind === 'epoch' ? String(record.after) : record.name;
}

function encodeMetadata(metadata: StreamRecord['metadata']): string {
  if (metadata === undefined) return '';
  const json = JSON.stringify(metadata) as string | undefined;
  if (json?.startsWith('{') !== true) throw new TypeError('The metadata of a stream must be an object');
  return json;
}

/** The checksum field of an encoded record, which the next record's `previous` repeats. */
export function catalogRecordChecksum(bytes: Uint8Array): number {
  return readU32(bytes, catalogRecordLayout.checksum);
}

/** Parses the record at `start`; `limit` is the end of the available bytes, `view` a view of them. */
export function decodeCatalogRecord(
  bytes: Uint8Array,
  start: number,
  limit: number,
  seed: number,
  view?: DataView,
): DecodedCatalogRecord | CatalogRecordFault {
  if (limit - start < minCatalogRecordBytes) return 'short';
  const length = readU32(bytes, start + catalogRecordLayout.length);
  if (length < minCatalogRecordBytes) return 'length';
  if (length > limit - start) return 'short';
  const end = start + length;
  const sum = readU32(bytes, start + catalogRecordLayout.checksum);
  const viewed = view ?? viewOf(bytes);
  if (checksum(bytes, start + catalogRecordLayout.length, end, seed, viewed) !== sum) return 'checksum';
  const record = decodeBody(bytes, start, end, viewed);
  if (record === undefined) return 'fields';
  return { record, end, checksum: sum, previous: readU32(bytes, start + catalogRecordLayout.previous) };
}

const varints = new VarintReader();

function decodeBody(bytes: Uint8Array, start: number, end: number, view: DataView): CatalogRecord | undefined {
  varints.at = start + catalogRecordLayout.end;
  const id = varints.read(bytes);
  const textBytes = varints.read(bytes);
  const textEnd = varints.at + textBytes;
  // Also false when a varint did not end: every comparison with NaN is false.
  if (!(textEnd <= end)) return undefined;
  const text = readShortText(view, varints.at, textBytes) ?? decodeText(bytes.subarray(varints.at, textEnd));
  const rest = textEnd === end ? '' : decodeText(bytes.subarray(textEnd, end));
  if (text === undefined || rest === undefined) return undefined;
  switch (readU8(bytes, start + catalogRecordLayout.kind)) {
    case catalogRecordKinds.stream:
      return decodeNamed('stream', id, text, rest);
    case catalogRecordKinds.partition:
      return decodeNamed('partition', id, text, rest);
    case catalogRecordKinds.structure:
      return rest === '' ? decodeStructure(id, text) : undefined;
    case catalogRecordKinds.index:
      return decodeNamed('index', id, text, rest);
    case catalogRecordKinds.indexRemoved:
      return rest === '' ? decodeNamed('indexRemoved', id, text, '') : undefined;
    case catalogRecordKinds.streamClosed:
      return rest === '' ? decodeNamed('streamClosed', id, text, '') : undefined;
    case catalogRecordKinds.segmentsArchived:
      return decodeSegments('segmentsArchived', id, text, rest);
    case catalogRecordKinds.eventsDropped:
      return decodeSegments('eventsDropped', id, text, rest);
    case catalogRecordKinds.epoch:
      return rest === '' ? decodeEpoch(id, text) : undefined;
    default:
      return undefined;
  }
}

function decodeNamed(
  kind: Exclude<NamedRecord, SegmentsRecord>['kind'],
  id: number,
  name: string,
  json: string,
): NamedRecord | undefined {
  if (id > maxIds[kind]) return undefined;
  if (kind === 'indexRemoved' || kind === 'streamClosed' || json === '') return { kind, id, name, metadata: undefined };
  const metadata = parseJson(json);
  return isObject(metadata) ? { kind, id, name, metadata } : undefined;
}

function decodeSegments(
  kind: SegmentsRecord['kind'],
  id: number,
  name: string,
  json: string,
): SegmentsRecord | undefined {
  const metadata = parseJson(json);
  return id === 0 && isObject(metadata) ? { kind, id, name, metadata } : undefined;
}

function decodeStructure(id: number, json: string): StructureRecord | undefined {
  const keys = parseJson(json);
  return id <= maxIds.structure && isListOfTexts(keys) ? { kind: 'structure', id, keys } : undefined;
}

function decodeEpoch(id: number, text: string): EpochRecord | undefined {
  const after = /^\d+$/.test(text) ? Number(text) : NaN;
  return id <= maxIds.epoch && Number.isSafeInteger(after) ? { kind: 'epoch', id, after } : undefined;
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
