/**
 * A file of the commit ids that callers gave: the hash of each with the position of its commit, sorted by hash. Derived
 * from frames; an entry counts only when the event at its position turns out to have the id. The checksum covers the range
 * of positions in the file's name: a file under another file's name would claim that an id was never given. Layout:
 * docs/format.md, "Commit ids".
 */
import { createHash } from 'node:crypto';
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';

export const commitIdHeaderFieldBytes = { checksum: 4, entryCount: 6, version: 1, reserved: 5 } as const;
export const commitIdHeaderLayout = layOut(commitIdHeaderFieldBytes);
const headerBytes = commitIdHeaderLayout.end;

export const commitIdEntryFieldBytes = { hashHigh: 4, hashLow: 4, position: 6, reserved: 2 } as const;
export const commitIdEntryLayout = layOut(commitIdEntryFieldBytes);
export const commitIdEntryBytes = commitIdEntryLayout.end;

/** Stored: never change these values. A file of the first version has a zero there, and a checksum of its bytes alone. */
const commitIdVersions = { bytesAlone: 0, withRange: 2 } as const;

/** What a file of commit ids covers: positions after `base` up to `last`, in the store with this seed. */
export interface CommitIdScope {
  readonly seed: number;
  readonly base: number;
  readonly last: number;
}

/** The first 8 bytes of the SHA-256 of a commit id. */
export interface CommitIdHash {
  readonly high: number;
  readonly low: number;
}

export interface CommitIdEntry extends CommitIdHash {
  readonly position: number;
}

export function hashCommitId(commitId: string): CommitIdHash {
  const digest = createHash('sha256').update(commitId).digest();
  return { high: readU32(digest, 0), low: readU32(digest, 4) };
}

export function compareHashes(left: CommitIdHash, right: CommitIdHash): number {
  return left.high - right.high || left.low - right.low;
}

/** The file for these entries, which may be in any order. */
export function encodeCommitIdRun(entries: readonly CommitIdEntry[], scope: CommitIdScope): Uint8Array {
  const sorted = entries.toSorted((left, right) => compareHashes(left, right) || left.position - right.position);
  const bytes = new Uint8Array(headerBytes + sorted.length * commitIdEntryBytes);
  writeU48(bytes, commitIdHeaderLayout.entryCount, sorted.length);
  writeU8(bytes, commitIdHeaderLayout.version, commitIdVersions.withRange);
  let at = headerBytes;
  for (const { high, low, position } of sorted) {
    writeU32(bytes, at + commitIdEntryLayout.hashHigh, high);
    writeU32(bytes, at + commitIdEntryLayout.hashLow, low);
    writeU48(bytes, at + commitIdEntryLayout.position, position);
    at += commitIdEntryBytes;
  }
  writeU32(bytes, commitIdHeaderLayout.checksum, sumOf(bytes, rangeSeed(scope)));
  return bytes;
}

/** Number of entries of an intact file; undefined when the file is damaged, or not of this range. */
export function checkCommitIdRun(bytes: Uint8Array, scope: CommitIdScope): number | undefined {
  if (bytes.length < headerBytes) return undefined;
  const entryCount = readU48(bytes, commitIdHeaderLayout.entryCount);
  if (bytes.length !== headerBytes + entryCount * commitIdEntryBytes) return undefined;
  const isOld = readU8(bytes, commitIdHeaderLayout.version) === commitIdVersions.bytesAlone;
  const sum = sumOf(bytes, isOld ? scope.seed : rangeSeed(scope));
  return sum === readU32(bytes, commitIdHeaderLayout.checksum) ? entryCount : undefined;
}

function sumOf(bytes: Uint8Array, seed: number): number {
  return checksum(bytes, commitIdHeaderLayout.entryCount, bytes.length, seed);
}

/**
 * Seed of the checksum: the checksum of `base` and `last`, 6 bytes each, which in turn starts from the seed of the
 * store.
 */
function rangeSeed({ seed, base, last }: CommitIdScope): number {
  const range = new Uint8Array(12);
  writeU48(range, 0, base);
  writeU48(range, 6, last);
  return checksum(range, 0, range.length, seed);
}

/** Where the entry with this number begins in its file. */
export function commitIdEntryOffset(entry: number): number {
  return headerBytes + entry * commitIdEntryBytes;
}

export function readCommitIdEntry(bytes: Uint8Array, at: number): CommitIdEntry {
  return {
    high: readU32(bytes, at + commitIdEntryLayout.hashHigh),
    low: readU32(bytes, at + commitIdEntryLayout.hashLow),
    position: readU48(bytes, at + commitIdEntryLayout.position),
  };
}
