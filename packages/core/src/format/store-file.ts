/**
 * `store.json`: what a store is, written once when it is created. Readers learn from it everything that they need to
 * read, so that nobody configures a reader. Layout: docs/format.md, "store.json".
 */
import { crc32 } from 'node:zlib';
import { formatVersion } from './file-header.ts';

/** Version of a store of which some files are elsewhere, or were dropped. */
export const partedVersion = 2;

export interface StoreDescription {
  /** 32 random hexadecimal digits. */
  readonly id: string;
  /** Name of the codec of payloads and metadata, such as `msgpackr`. */
  readonly codec: string;
  /** Name of the partitioner; informative for readers, checked by writers. */
  readonly partitioner: string;
  /** When the store was created, ISO 8601. */
  readonly created: string;
  /** What its frames are compressed with; undefined when they are not. */
  readonly compression?: CompressionDescription;
  /**
   * The directory in which a folder with the name of the store holds its partitions; undefined when they are with the
   * store.
   */
  readonly dataDirectory?: string;
  /** The same for its indexes. */
  readonly indexDirectory?: string;
  /** `partedVersion` for a store that an older Varve would treat as damaged; undefined for others. */
  readonly version?: typeof partedVersion;
}

export interface CompressionDescription {
  /** Name of the algorithm, such as `zstd`. */
  readonly algorithm: string;
  /** The bytes that the algorithm starts from on both sides; empty when there is no dictionary. Stored as base64. */
  readonly dictionary: Uint8Array;
}

/** The id of a store: 32 hexadecimal digits. */
export function isStoreId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

/** Why a text is not such a description; 'newer' is a store that a later version of Varve wrote. */
export type StoreDescriptionFault = 'json' | 'format' | 'newer' | 'fields' | 'checksum';

export function encodeStoreDescription(description: StoreDescription): string {
  const { id, codec, partitioner, created, compression, version = formatVersion } = description;
  const compressed = compression === undefined ? {} : compressionFields(compression);
  const places = placeFields(description);
  const fields = { format: 'varve', version, id, codec, partitioner, created, ...compressed, ...places };
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
  if (parsed.version > partedVersion) return 'newer';
  const { checksum, ...fields } = parsed as Record<string, unknown>;
  // Checked before the checksum, whose computation would walk through whatever is nested here.
  if (!Object.values(fields).every((value) => typeof value === 'string' || typeof value === 'number')) return 'fields';
  if (checksum !== textChecksum(JSON.stringify(fields))) return 'checksum';
  return decodeFields(fields) ?? 'fields';
}

function decodeFields(fields: Record<string, unknown>): StoreDescription | undefined {
  const { version, id, codec, partitioner, created } = fields;
  if (!(version === formatVersion || version === partedVersion) || !isStoreId(id)) return undefined;
  if (typeof codec !== 'string' || typeof partitioner !== 'string' || typeof created !== 'string') return undefined;
  const { compression, dictionary = '', dataDirectory, indexDirectory } = fields;
  if (!isTextOrAbsent(dataDirectory) || !isTextOrAbsent(indexDirectory)) return undefined;
  const parted = version === partedVersion ? ({ version: partedVersion } as const) : {};
  const plain = { id, codec, partitioner, created, ...placeFields({ dataDirectory, indexDirectory }), ...parted };
  if (compression === undefined) return plain;
  if (typeof compression !== 'string' || typeof dictionary !== 'string') return undefined;
  const bytes = Buffer.from(dictionary, 'base64');
  return { ...plain, compression: { algorithm: compression, dictionary: bytes } };
}

/** Names, in a folder outside the store's, the store whose files are in it. */
export interface PartDescription {
  /** Id of the store. */
  readonly store: string;
  /**
   * The folder of the store when it was created: decides whether a later store may replace one whose creation was not
   * completed.
   */
  readonly directory: string;
}

export function encodePartFile({ store, directory }: PartDescription): string {
  const fields = { format: 'varve-part', store, directory };
  return `${JSON.stringify({ ...fields, checksum: textChecksum(JSON.stringify(fields)) }, undefined, 2)}\n`;
}

/** What the text says; undefined when it is not such a file, or damaged. */
export function decodePartFile(text: string): PartDescription | undefined {
  try {
    const { store, directory } = JSON.parse(text) as Record<string, unknown>;
    if (!isStoreId(store) || typeof directory !== 'string') return undefined;
    return encodePartFile({ store, directory }) === text ? { store, directory } : undefined;
  } catch {
    return undefined;
  }
}

interface Places {
  readonly dataDirectory?: string | undefined;
  readonly indexDirectory?: string | undefined;
}

function placeFields({
  dataDirectory,
  indexDirectory,
}: Places): Pick<StoreDescription, 'dataDirectory' | 'indexDirectory'> {
  return {
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(indexDirectory === undefined ? {} : { indexDirectory }),
  };
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}

/** The dictionary is text, so that the description stays a flat object of strings and numbers. */
function compressionFields({ algorithm, dictionary }: CompressionDescription): Record<string, string> {
  if (dictionary.length === 0) return { compression: algorithm };
  return { compression: algorithm, dictionary: Buffer.from(dictionary).toString('base64') };
}

function textChecksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
