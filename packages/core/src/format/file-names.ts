/**
 * The one module that builds and parses file names. Names that users choose (streams, partitions, consumers) never
 * reach the file system unchanged: everything except lower-case letters, digits, `_` and `-` is written as `%hh`, so
 * that no name can leave its folder, two names never collide on a file system that ignores case, and no name is a
 * device.
 */
import { createHash } from 'node:crypto';

export const fileNames = {
  head: 'head',
  store: 'store.json',
  /** In a folder outside the store's: says which store the files in it belong to. */
  part: 'part.json',
  lock: 'writer.lock',
  lockOwner: 'writer.json',
  catalog: 'catalog',
  redo: 'redo',
  partitions: 'partitions',
  consumers: 'consumers',
  indexes: 'indexes',
  commitIds: 'commit-ids',
  prevalence: 'prevalence',
  /** Bytes that recovery cut off are kept here. */
  recovered: 'recovered',
} as const;

/** Suffix of files that are being written; a rename gives them their real name. */
export const temporarySuffix = '.tmp';

/** Two encoded names and the longest suffix fit into the 255 bytes that file systems allow. */
const maxEncodedLength = 116;
const deviceNames = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** A file name for any well-formed text, different for different texts. */
export function encodeFileName(name: string): string {
  const encoded = Buffer.from(name, 'utf8')
    .toString('latin1')
    .replace(/[^a-z0-9_-]/g, percentEncode);
  if (encoded.length > maxEncodedLength) return `${encoded.slice(0, 80)}~${sha256(name).slice(0, 32)}`;
  return deviceNames.test(encoded) || encoded === '' ? `${encoded}~` : encoded;
}

/** `positions-000000000001.idx`: the file of the position index that begins with this position. */
export function positionsFileName(firstPosition: number): string {
  return `positions-${String(firstPosition).padStart(12, '0')}.idx`;
}

export function parsePositionsFileName(name: string): number | undefined {
  return parseNumber(/^positions-(\d{12,})\.idx$/, name, positionsFileName);
}

/** `names-000000123456.idx`: the name index that covers the catalog up to this offset. */
export function nameIndexFileName(covers: number): string {
  return `names-${String(covers).padStart(12, '0')}.idx`;
}

export function parseNameIndexFileName(name: string): number | undefined {
  return parseNumber(/^names-(\d{12,})\.idx$/, name, nameIndexFileName);
}

/** `000001-orders`: the folder of a partition. The id identifies; the rest is for people. */
export function partitionFolderName(partitionId: number, name: string): string {
  return `${String(partitionId).padStart(6, '0')}-${encodeFileName(name).replaceAll('%', '').slice(0, 40)}`;
}

/** `00000000000000000000.seg`: the segment that begins at this offset of its partition. */
export function segmentFileName(baseOffset: number): string {
  return `${String(baseOffset).padStart(20, '0')}.seg`;
}

export function parseSegmentFileName(name: string): number | undefined {
  return parseNumber(/^(\d{20})\.seg$/, name, segmentFileName);
}

/** `000000000000-000000131072.run`: postings of the positions after the first number, up to the second. */
export function runFileName(base: number, last: number, onlyIndex: number): string {
  const range = `${String(base).padStart(12, '0')}-${String(last).padStart(12, '0')}`;
  return onlyIndex === 0 ? `${range}.run` : `${range}-${onlyIndex}.run`;
}

/** The parts of a run's name; undefined when it is not a run. */
export function parseRunFileName(name: string): { base: number; last: number; onlyIndex: number } | undefined {
  const match = /^(\d{12,})-(\d{12,})(?:-(\d+))?\.run$/.exec(name);
  if (match === null) return undefined;
  const run = { base: Number(match[1]), last: Number(match[2]), onlyIndex: Number(match[3] ?? 0) };
  return runFileName(run.base, run.last, run.onlyIndex) === name ? run : undefined;
}

/** `000000000000-000000131072.ids`: commit ids of the positions after the first number, up to the second. */
export function commitIdsFileName(base: number, last: number): string {
  return `${String(base).padStart(12, '0')}-${String(last).padStart(12, '0')}.ids`;
}

/** The parts of such a file's name; undefined when it is not one. */
export function parseCommitIdsFileName(name: string): { base: number; last: number } | undefined {
  const match = /^(\d{12,})-(\d{12,})\.ids$/.exec(name);
  return match === null ? undefined : { base: Number(match[1]), last: Number(match[2]) };
}

/** What consumers read: one stream, several joined, a category, or the events of a query. */
export type SourceKind = 'stream' | 'join' | 'category' | 'query';

const consumerSuffix = '.state';

/**
 * `orders.mailer.state`: position and state of the consumer `mailer` of the stream `orders`; for the category `orders`
 * it is `orders.mailer.category.state`.
 */
export function consumerFileName(source: { readonly kind: SourceKind; readonly key: string }, id: string): string {
  const kind = source.kind === 'stream' ? '' : `.${source.kind}`;
  return `${encodeFileName(source.key)}.${encodeFileName(id)}${kind}${consumerSuffix}`;
}

/** The parts of such a file's name; `key` and `id` only where they are short enough to be in it. */
export function parseConsumerFileName(
  name: string,
): { kind: SourceKind; key: string | undefined; id: string | undefined } | undefined {
  const match = /^([a-z0-9_%~-]+)\.([a-z0-9_%~-]+)(?:\.(join|category|query))?\.state$/.exec(name);
  if (match === null) return undefined;
  const kind = (match[3] ?? 'stream') as SourceKind;
  return { kind, key: decodeFileName(match[1]!), id: decodeFileName(match[2]!) };
}

/**
 * `orders.mailer.json`: names, for messages only, the process that last ran the consumer whose state is at this path.
 */
export function consumerOwnerPath(statePath: string): string {
  return `${statePath.slice(0, -consumerSuffix.length)}.json`;
}

/** The text that `encodeFileName` encoded as this name; undefined when it cannot be recovered. */
function decodeFileName(encoded: string): string | undefined {
  const text = encoded.endsWith('~') ? encoded.slice(0, -1) : encoded;
  try {
    const decoded = decodeURIComponent(text);
    return encodeFileName(decoded) === encoded ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** `prevalence/registry`: the folder of the prevalent system with this name. */
export function prevalenceFolderName(systemName: string): string {
  return `${fileNames.prevalence}/${encodeFileName(systemName)}`;
}

/** `000000000123.snapshot`: the model as it was after the command at this position. */
export function snapshotFileName(position: number): string {
  return `${String(position).padStart(12, '0')}.snapshot`;
}

export function parseSnapshotFileName(name: string): number | undefined {
  return parseNumber(/^(\d{12,})\.snapshot$/, name, snapshotFileName);
}

/** The file of a blob, whose id is the SHA-256 of its content in hexadecimal digits. */
export function blobFileName(id: string): string {
  return `${id}.blob`;
}

export function parseBlobFileName(name: string): string | undefined {
  return /^([0-9a-f]{64})\.blob$/.exec(name)?.[1];
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The number in a name, if `format` gives exactly this name to the number. */
function parseNumber(pattern: RegExp, name: string, format: (number: number) => string): number | undefined {
  const number = Number(pattern.exec(name)?.[1]);
  return Number.isSafeInteger(number) && format(number) === name ? number : undefined;
}
