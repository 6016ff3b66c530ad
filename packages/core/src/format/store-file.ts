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
}

/** The id of a store: 32 hexadecimal digits. */
export function isStoreId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

/** Why a text is not such a description; 'newer' is a store that a later version of Varve wrote. */
export type StoreDescriptionFault = 'json' | 'format' | 'newer' | 'fields' | 'checksum';

export function encodeStoreDescription(description: StoreDescription): string {
  const { id, codec, partitioner, created } = description;
  const fields = { format: 'varve', version: formatVersion, id, codec, partitioner, created };
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
  return { id, codec, partitioner, created };
}

function textChecksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
