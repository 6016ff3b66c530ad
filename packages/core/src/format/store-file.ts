/**
 * `store.json`: what a store is, written once when it is made. Readers learn from it all that they need to read:
 * nobody configures a reader. Layout: docs/format.md, "store.json".
 */
import { crc32 } from 'node:zlib';
import { formatVersion } from './file-header.ts';

export interface StoreDescription {
  /** 32 hexadecimal digits, drawn at random. */
  readonly id: string;
  /** Name of the codec of payloads and metadata, such as `msgpackr`. */
  readonly codec: string;
  /** Name of the partitioner; informative for readers, checked by writers. */
  readonly partitioner: string;
  /** When the store was made, ISO 8601. */
  readonly created: string;
  /** What its frames are compressed with; undefined when they are not. */
  readonly compression?: CompressionDescription;
}

export interface CompressionDescription {
  /** Name of the algorithm, such as `zstd`. */
  readonly algorithm: string;
  /** What the algorithm begins with on both sides; empty when there is no dictionary. Stored as base64. */
  readonly dictionary: Uint8Array;
}

/** The id of a store: 32 hexadecimal digits. */
export function isStoreId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

/** Why a text is not such a description; 'newer' is a store that a later version of Varve wrote. */
export type StoreDescriptionFault = 'json' | 'format' | 'newer' | 'fields' | 'checksum';

export function encodeStoreDescription(description: StoreDescription): string {
  const { id, codec, partitioner, created, compression } = description;
  const compressed = compression === undefined ? {} : compressionFields(compression);
  const fields = { format: 'varve', version: formatVersion, id, codec, partitioner, created, ...compressed };
  return `${JSON.stringify({ ...fields, checksum: textChecksum(JSON.stringify(fields)) }, undefined, 2)}\n`;
}

export function decodeStoreDescription(text: string): StoreDescription | StoreDescriptionFault {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'json';
  }
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed) || parsed.format !== 'varve') {
    return 'format';
  }
  if (!('version' in parsed) || typeof parsed.version !== 'number') return 'fields';
  if (parsed.version > formatVersion) return 'newer';
  const { checksum, ...fields } = parsed as Record<string, unknown>;
  // Before the checksum, which would walk through whatever is nested here.
  if (!Object.values(fields).every((value) => typeof value === 'string' || typeof value === 'number')) return 'fields';
  if (checksum !== textChecksum(JSON.stringify(fields))) return 'checksum';
  const { id, codec, partitioner, created } = fields;
  if (parsed.version !== formatVersion || !isStoreId(id)) return 'fields';
  if (typeof codec !== 'string' || typeof partitioner !== 'string' || typeof created !== 'string') return 'fields';
  const { compression, dictionary = '' } = fields;
  if (compression === undefined) return { id, codec, partitioner, created };
  if (typeof compression !== 'string' || typeof dictionary !== 'string') return 'fields';
  const bytes = Buffer.from(dictionary, 'base64');
  return { id, codec, partitioner, created, compression: { algorithm: compression, dictionary: bytes } };
}

/** The dictionary is text, so that the description stays a flat object of strings and numbers. */
function compressionFields({ algorithm, dictionary }: CompressionDescription): Record<string, string> {
  if (dictionary.length === 0) return { compression: algorithm };
  return { compression: algorithm, dictionary: Buffer.from(dictionary).toString('base64') };
}

function textChecksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
