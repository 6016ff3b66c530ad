/**
 * Checks the files that are examined as a whole: name indexes, commit ids, snapshots and blobs, and the notes that say whose
 * files are in a folder. Each is read by itself, and nothing of it is kept.
 */
import { createHash } from 'node:crypto';
import { checkCommitIdRun, commitIdEntryOffset, compareHashes, readCommitIdEntry } from '../format/commit-id-run.ts';
import {
  commitIdsFileName,
  fileNames,
  parseBlobFileName,
  parseNameIndexFileName,
  parseSnapshotFileName,
} from '../format/file-names.ts';
import { decodeNameIndex } from '../format/name-index.ts';
import { decodeSnapshotChunk, decodeSnapshotHeader, snapshotHeaderBytes } from '../format/snapshot-file.ts';
import { type FileSystem, readWholeFile } from '../file-system/file-system.ts';
import { ifThere } from '../file-system/if-there.ts';
import { readableOwnerOf } from '../storage/store-places.ts';
import type { CheckFiles } from './checked-store.ts';
import { type Finding, finding } from './finding.ts';
import { Fingerprint, type FingerprintValue, isSameFingerprint } from './fingerprint.ts';
import { addName, type CatalogSurvey } from './survey-catalog.ts';

/** Offsets of the catalog up to which there are name indexes, ascending. */
export function nameIndexesIn(fileSystem: FileSystem, directory: string): number[] {
  return (fileSystem.list(directory) ?? [])
    .flatMap((name) => parseNameIndexFileName(name) ?? [])
    .sort((left, right) => left - right);
}

/** The name index that covers the catalog up to `covers`, compared with the catalog. */
export function checkNameIndex(
  { context }: CheckFiles,
  path: string,
  covers: number,
  catalog: CatalogSurvey,
): Finding[] {
  const bytes = ifThere(() => readWholeFile(context.fileSystem, path), undefined);
  // The writer has replaced it meanwhile.
  if (bytes === undefined) return [];
  const index = decodeNameIndex(bytes, context.seed);
  if (index === undefined) return [finding('NAME_INDEX', { path, offset: 0 }, `The name index ${path} is damaged.`)];
  const expected = catalog.nameSums.get(covers);
  if (catalog.findings.length > 0 || expected === undefined) return [];
  const offsets = new Map<number, number>();
  for (const [slot, id] of index.ids.entries()) {
    offsets.set(id, index.offsetsLow[slot]! + index.offsetsHigh[slot]! * 2 ** 32);
  }
  const sum = new Fingerprint();
  for (const [slot, id] of index.hashIds.entries()) addName(sum, index.hashes[slot]!, id, offsets.get(id) ?? 0);
  const isSame = index.covers === covers && expected.count === index.ids.length;
  if (isSame && isSameFingerprint(sum.value, expected.sum)) return [];
  return [finding('NAME_INDEX', { path }, `The name index ${path} is not what the catalog says.`)];
}

/** Checks a file of commit ids; returns its damage, or the sum of its contents. */
export function checkCommitIds(
  { context, store }: CheckFiles,
  range: { readonly base: number; readonly last: number },
): { readonly findings: Finding[]; readonly sum?: FingerprintValue } {
  const path = `${context.indexDirectory}/${fileNames.commitIds}/${commitIdsFileName(range.base, range.last)}`;
  const bytes = ifThere(() => readWholeFile(context.fileSystem, path), undefined);
  if (bytes === undefined) return { findings: [] };
  const { firstPosition } = context.segmentRecords;
  const code = range.base + 1 < firstPosition ? 'DROPPED_INDEX' : 'COMMIT_IDS';
  const damaged = (reason: string): { readonly findings: Finding[] } => {
    return { findings: [finding(code, { path }, `The commit ids ${path} are damaged: ${reason}.`)] };
  };
  const count = checkCommitIdRun(bytes, { seed: context.seed, ...range });
  if (count === undefined) return damaged('they do not match their checksum');
  const sum = new Fingerprint();
  let before = { high: 0, low: 0 };
  for (let entry = 0; entry < count; entry++) {
    const { high, low, position } = readCommitIdEntry(bytes, commitIdEntryOffset(entry));
    if (compareHashes(before, { high, low }) > 0) return damaged('they are not in order');
    if (position <= range.base || position > range.last) return damaged(`position ${position} does not belong there`);
    before = { high, low };
    if (position >= firstPosition && position <= store.visible) sum.add(high, low, position);
  }
  return { findings: [], sum: sum.value };
}

/** Checks the notes that say whose files are in the folders outside the store's. */
export function checkParts({ context, store }: CheckFiles): Finding[] {
  const elsewhere = new Set([store.dataDirectory, store.indexDirectory]);
  elsewhere.delete(store.directory);
  return [...elsewhere].flatMap((folder) => {
    const path = `${folder}/${fileNames.part}`;
    if (readableOwnerOf(context.fileSystem, folder)?.store === store.description.id) return [];
    return [finding('STORE_FILE', { path }, `${path} is missing or damaged.`)];
  });
}

/** Paths of the snapshots and blobs of prevalent systems. */
export function modelFiles({ context: { fileSystem, directory } }: CheckFiles): string[] {
  const systems = pathsIn(fileSystem, `${directory}/${fileNames.prevalence}`);
  return systems.flatMap((system) => {
    const parts = pathsIn(fileSystem, system);
    const snapshots = parts.filter((path) => parseSnapshotFileName(nameOf(path)) !== undefined);
    const blobs = parts.flatMap((path) => pathsIn(fileSystem, path));
    return [...snapshots, ...blobs.filter((path) => parseBlobFileName(nameOf(path)) !== undefined)];
  });
}

/** Paths of what is in the folder; none when it does not exist, or is a file, as a snapshot being written is. */
function pathsIn(fileSystem: FileSystem, folder: string): string[] {
  if (fileSystem.stat(folder)?.isDirectory !== true) return [];
  return (fileSystem.list(folder) ?? []).map((name) => `${folder}/${name}`);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function checkModelFile({ context }: CheckFiles, path: string): Finding[] {
  const bytes = ifThere(() => readWholeFile(context.fileSystem, path), undefined);
  // An older snapshot is removed when a newer one is there.
  if (bytes === undefined) return [];
  const id = parseBlobFileName(nameOf(path));
  if (id !== undefined) {
    const found = createHash('sha256').update(bytes).digest('hex');
    return found === id ? [] : [finding('BLOB', { path }, `The blob ${path} has other bytes than its name says.`)];
  }
  const fault = snapshotFault(bytes, context.seed);
  if (fault === undefined) return [];
  return [
    finding(
      'SNAPSHOT',
      { path, offset: fault.at },
      `The snapshot ${path} is damaged at byte ${fault.at}: ${fault.why}.`,
    ),
  ];
}

function snapshotFault(bytes: Uint8Array, seed: number): { readonly at: number; readonly why: string } | undefined {
  const header = decodeSnapshotHeader(bytes, seed);
  if (typeof header === 'string') return { at: 0, why: header };
  let at = snapshotHeaderBytes;
  for (let number = 1; ; number++) {
    const decoded = decodeSnapshotChunk(bytes, at, number, seed);
    if (typeof decoded === 'string') return { at, why: decoded };
    at = decoded.end;
    if (decoded.chunk.kind === 'end') return undefined;
  }
}
