/**
 * The file of a snapshot of a prevalent system: a header, which says what the snapshot is of, and chunks of objects, the
 * last of which confirms that nothing is missing. Layout: docs/format.md, "Snapshot".
 *
 * All checksums start from the store's seed. That of a chunk covers its number, so that no chunk is skipped or read twice.
 */
import { readU32, readU48, readU56, readU8, writeU32, writeU48, writeU56, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';
import { hasMagic, magics, writeMagic } from './magic.ts';

export const snapshotHeaderFieldBytes = {
  checksum: 4,
  magic: 5,
  version: 1,
  modelVersion: 4,
  position: 6,
  journalVersion: 6,
  epoch: 4,
  frameChecksum: 4,
  clock: 7,
  nextId: 6,
  reserved: 17,
} as const;

export const snapshotHeaderLayout = layOut(snapshotHeaderFieldBytes);
export const snapshotHeaderBytes = snapshotHeaderLayout.end;

/** The fixed part of a chunk; its body follows. */
export const snapshotChunkFieldBytes = { checksum: 4, length: 4, number: 4, kind: 1 } as const;

export const snapshotChunkLayout = layOut(snapshotChunkFieldBytes);

/** Stored: never change these values. */
export const snapshotChunkKinds = { objects: 1, end: 2 } as const;

const snapshotFormatVersion = 1;

export interface SnapshotHeader {
  /** The version of the model. */
  readonly modelVersion: number;
  /** Position, in the store, of the last command that the model contained, and its number in the journal. */
  readonly position: number;
  readonly journalVersion: number;
  /** Epoch and checksum of the frame of that command. */
  readonly epoch: number;
  readonly frameChecksum: number;
  /** When that command was executed, in microseconds since 1970. */
  readonly clockUs: number;
  /** Number of the object that is created next. */
  readonly nextId: number;
}

export interface SnapshotChunk {
  readonly kind: keyof typeof snapshotChunkKinds;
  readonly body: Uint8Array;
}

export type SnapshotFault = 'short' | 'magic' | 'version' | 'checksum' | 'order';

export function encodeSnapshotHeader(header: SnapshotHeader, seed: number): Uint8Array {
  const bytes = new Uint8Array(snapshotHeaderBytes);
  const layout = snapshotHeaderLayout;
  writeMagic(bytes, layout.magic, magics.snapshot);
  writeU8(bytes, layout.version, snapshotFormatVersion);
  writeU32(bytes, layout.modelVersion, header.modelVersion);
  writeU48(bytes, layout.position, header.position);
  writeU48(bytes, layout.journalVersion, header.journalVersion);
  writeU32(bytes, layout.epoch, header.epoch);
  writeU32(bytes, layout.frameChecksum, header.frameChecksum);
  writeU56(bytes, layout.clock, header.clockUs);
  writeU48(bytes, layout.nextId, header.nextId);
  writeU32(bytes, layout.checksum, checksum(bytes, layout.magic, snapshotHeaderBytes, seed));
  return bytes;
}

/** Parses the header at the start of `bytes`. */
export function decodeSnapshotHeader(bytes: Uint8Array, seed: number): SnapshotHeader | SnapshotFault {
  const layout = snapshotHeaderLayout;
  if (bytes.length < snapshotHeaderBytes) return 'short';
  if (!hasMagic(bytes, layout.magic, magics.snapshot)) return 'magic';
  const sum = readU32(bytes, layout.checksum);
  if (checksum(bytes, layout.magic, snapshotHeaderBytes, seed) !== sum) return 'checksum';
  if (readU8(bytes, layout.version) !== snapshotFormatVersion) return 'version';
  return {
    modelVersion: readU32(bytes, layout.modelVersion),
    position: readU48(bytes, layout.position),
    journalVersion: readU48(bytes, layout.journalVersion),
    epoch: readU32(bytes, layout.epoch),
    frameChecksum: readU32(bytes, layout.frameChecksum),
    clockUs: readU56(bytes, layout.clock),
    nextId: readU48(bytes, layout.nextId),
  };
}

/** `number` counts the chunks of a file from 1. */
export function encodeSnapshotChunk(chunk: SnapshotChunk, number: number, seed: number): Uint8Array {
  const { kind, body } = chunk;
  const layout = snapshotChunkLayout;
  const bytes = new Uint8Array(layout.end + body.length);
  writeU32(bytes, layout.length, bytes.length);
  writeU32(bytes, layout.number, number);
  writeU8(bytes, layout.kind, snapshotChunkKinds[kind]);
  bytes.set(body, layout.end);
  writeU32(bytes, layout.checksum, checksum(bytes, layout.length, bytes.length, seed));
  return bytes;
}

/** The chunk with this number at the offset `at`, and the offset after it. Its body is a view of `bytes`. */
export function decodeSnapshotChunk(
  bytes: Uint8Array,
  at: number,
  number: number,
  seed: number,
): { readonly chunk: SnapshotChunk; readonly end: number } | SnapshotFault {
  const layout = snapshotChunkLayout;
  if (bytes.length < at + layout.end) return 'short';
  const length = readU32(bytes, at + layout.length);
  const end = at + length;
  if (length < layout.end || end > bytes.length) return 'short';
  const sum = readU32(bytes, at + layout.checksum);
  if (checksum(bytes, at + layout.length, end, seed) !== sum) return 'checksum';
  if (readU32(bytes, at + layout.number) !== number) return 'order';
  const kind = readU8(bytes, at + layout.kind) === snapshotChunkKinds.end ? 'end' : 'objects';
  return { chunk: { kind, body: bytes.subarray(at + layout.end, end) }, end };
}
