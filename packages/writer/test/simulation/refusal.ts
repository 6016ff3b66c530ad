/**
 * When a store may be refused after a crash: only if in some file a bad piece has a good one behind it, which no write
 * that stopped half-way leaves. Decided here by looking at the bytes, without the code under test but for the format.
 */
import {
  checksumSeed,
  decodeCatalogRecord,
  decodeFileHeader,
  fileHeaderBytes,
  FrameView,
  minFrameBytes,
} from '@varve/core/internal';
import type { Medium } from '@varve/core/testing';
import { storePath } from './recorded-run.ts';

/** The file in which good bytes lie behind bad ones, or undefined when there is none. */
export function fileWithGoodBehindBad(medium: Medium): string | undefined {
  const files = new Map(medium.files().map(([path, file]) => [path, file.bytes]));
  const description = files.get(`${storePath}/store.json`);
  if (description === undefined) return undefined;
  const { id } = JSON.parse(Buffer.from(description).toString()) as { id: string };
  const seed = checksumSeed(id);
  const catalog = files.get(`${storePath}/catalog`);
  if (catalog !== undefined && isCatalogBroken(catalog, seed)) return `${storePath}/catalog`;
  const folders = new Map<string, Segment[]>();
  for (const [path, bytes] of files) {
    const [, folder, base] = /\/partitions\/([^/]+)\/(\d+)\.seg$/.exec(path) ?? [];
    if (folder === undefined) continue;
    folders.set(folder, [...(folders.get(folder) ?? []), { base: Number(base), bytes }]);
  }
  for (const [folder, segments] of folders) if (isPartitionBroken(segments, seed)) return folder;
  return undefined;
}

interface Segment {
  readonly base: number;
  readonly bytes: Uint8Array;
}

function isPartitionBroken(segments: readonly Segment[], seed: number): boolean {
  const view = new FrameView();
  let previous = 0;
  let end: number | undefined;
  let isBroken = false;
  for (const { base, bytes } of segments.toSorted((left, right) => left.base - right.base)) {
    const header = decodeFileHeader(bytes, bytes.length, 'segment', seed);
    const isNext = typeof header !== 'string' && header.previous === previous && (end ?? base) === base;
    let at = fileHeaderBytes;
    if (!isBroken && isNext) {
      while (view.parse(bytes, at, bytes.length, seed) === 'whole' && view.previous === previous) {
        previous = view.checksum;
        at = view.end;
      }
      isBroken = at < bytes.length;
    } else {
      isBroken = true;
      at = 0;
    }
    end = base + bytes.length;
    if (isBroken && hasWholeFrame(bytes, at, seed)) return true;
  }
  return false;
}

function hasWholeFrame(bytes: Uint8Array, from: number, seed: number): boolean {
  const view = new FrameView();
  for (let at = from; at + minFrameBytes <= bytes.length; at++) {
    if (view.parse(bytes, at, bytes.length, seed) === 'whole') return true;
  }
  return false;
}

function isCatalogBroken(bytes: Uint8Array, seed: number): boolean {
  const isWhole = typeof decodeFileHeader(bytes, bytes.length, 'catalog', seed) !== 'string';
  let at = 0;
  if (isWhole) {
    at = fileHeaderBytes;
    for (
      let record = decodeCatalogRecord(bytes, at, bytes.length, seed);
      typeof record !== 'string';
      record = decodeCatalogRecord(bytes, at, bytes.length, seed)
    ) {
      at = record.end;
    }
  }
  for (let start = at; start < bytes.length; start++) {
    if (typeof decodeCatalogRecord(bytes, start, bytes.length, seed) !== 'string') return true;
  }
  return false;
}
