/**
 * When a store may be refused after a crash: only if in some file a bad piece has a good one after it, which no write that
 * stopped halfway leaves, and with an error that names that file and the byte at which the bad piece begins. Decided here by
 * looking at the bytes, without the code under test except the format.
 */
import { VarveError } from '@varve/core';
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

/** Throws the refusal unless these files require it. */
export function assertRefusalIsNeeded(medium: Medium, refusal: unknown): void {
  const pieces = badBeforeGood(medium);
  const { code, path, offset, expected } = refusal instanceof VarveError ? refusal : ({} as Partial<VarveError>);
  const isNamed = pieces.some((piece) => piece.path === path && piece.at === offset);
  // What a refusal expects is something durable, and a crash takes nothing of that.
  if (code === 'CORRUPTION' && isNamed && expected === undefined) return;
  const found = pieces.map((piece) => `byte ${piece.at} of ${piece.path}`).join(', ') || 'nothing';
  throw new Error(`Refused, and damaged is ${found}: ${String(refusal)}`, { cause: refusal });
}

/** Where a bad piece begins that has a good one after it. */
interface BadPiece {
  readonly path: string;
  readonly at: number;
}

function badBeforeGood(medium: Medium): BadPiece[] {
  const files = new Map(medium.files().map(([path, file]) => [path, file.bytes]));
  const description = files.get(`${storePath}/store.json`);
  if (description === undefined) return [];
  const { id } = JSON.parse(Buffer.from(description).toString()) as { id: string };
  const seed = checksumSeed(id);
  const pieces: BadPiece[] = [];
  const catalog = files.get(`${storePath}/catalog`);
  const at = catalog === undefined ? undefined : badCatalogRecord(catalog, seed);
  if (at !== undefined) pieces.push({ path: `${storePath}/catalog`, at });
  const folders = new Map<string, Segment[]>();
  for (const [path, bytes] of files) {
    const [, folder, base] = /\/partitions\/([^/]+)\/(\d+)\.seg$/.exec(path) ?? [];
    if (folder === undefined) continue;
    folders.set(folder, [...(folders.get(folder) ?? []), { path, base: Number(base), bytes }]);
  }
  for (const segments of folders.values()) pieces.push(...badFrames(segments, seed));
  return pieces;
}

interface Segment {
  readonly path: string;
  readonly base: number;
  readonly bytes: Uint8Array;
}

/** Where segments were dropped, or archived, the first one that is left begins the partition; otherwise those before it are lost. */
function badFrames(segments: readonly Segment[], seed: number): BadPiece[] {
  const ordered = segments.toSorted((left, right) => left.base - right.base);
  const [first] = ordered as [Segment];
  const piece = firstBadFrame(ordered, first.base, seed);
  const lost: BadPiece | undefined = first.base > 0 ? { path: first.path, at: 0 } : undefined;
  return [piece, lost].filter((each) => each !== undefined);
}

function firstBadFrame(segments: readonly Segment[], start: number, seed: number): BadPiece | undefined {
  const view = new FrameView();
  let previous: number | undefined = start === 0 ? 0 : undefined;
  let end = start;
  let bad: BadPiece | undefined;
  for (const { path, base, bytes } of segments) {
    const header = decodeFileHeader(bytes, bytes.length, 'segment', seed);
    const isNext = typeof header !== 'string' && header.previous === (previous ?? header.previous) && end === base;
    let at = 0;
    if (bad === undefined && isNext) {
      previous = header.previous;
      at = fileHeaderBytes;
      while (view.parse(bytes, at, bytes.length, seed) === 'whole' && view.previous === previous) {
        previous = view.checksum;
        at = view.end;
      }
      if (at < bytes.length) bad = { path, at };
    } else {
      bad ??= { path, at: 0 };
    }
    end = base + bytes.length;
    if (bad !== undefined && hasWholeFrame(bytes, at, seed)) return bad;
  }
  return undefined;
}

function hasWholeFrame(bytes: Uint8Array, from: number, seed: number): boolean {
  const view = new FrameView();
  for (let at = from; at + minFrameBytes <= bytes.length; at++) {
    if (view.parse(bytes, at, bytes.length, seed) === 'whole') return true;
  }
  return false;
}

function badCatalogRecord(bytes: Uint8Array, seed: number): number | undefined {
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
    if (typeof decodeCatalogRecord(bytes, start, bytes.length, seed) !== 'string') return at;
  }
  return undefined;
}
