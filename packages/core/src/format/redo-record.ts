/**
 * A record of the redo log: what was appended to segments between two syncs, and where it belongs, so that recovery can
 * write it again. Layout: docs/format.md, "Redo log".
 */
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';

export const redoRecordFieldBytes = {
  checksum: 4,
  kind: 1,
  length: 4,
  sequence: 6,
  since: 6,
  durable: 6,
  reserved: 5,
} as const;
export const redoRecordLayout = layOut(redoRecordFieldBytes);
export const redoRecordKind = 0x52;

/** The header before the bytes of each write. */
export const redoWriteFieldBytes = { partitionId: 4, offset: 6, length: 4 } as const;
export const redoWriteLayout = layOut(redoWriteFieldBytes);

/**
 * Records begin at multiples of this, so that a record being written never shares a sector, or a page of the operating
 * system, with a record that must not be lost.
 */
export const redoRecordAlignment = 4096;

/** Bytes that were appended to a partition. */
export interface RedoWrite {
  readonly partitionId: number;
  /** Offset of the first of them in the partition. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface RedoRecordFields {
  /** Grows by one with each record of a log. */
  readonly sequence: number;
  /** Sequence number of the first record whose writes may not be durable in the segments. */
  readonly since: number;
  /** Position of the last event that was durable before this record was written. */
  readonly durable: number;
}

export interface RedoRecord extends RedoRecordFields {
  readonly sizeBytes: number;
  readonly writes: readonly RedoWrite[];
}

/**
 * The seed of the checksums of a log's records. It includes the log's random number, which only the head holds, so that
 * neither records of an earlier log nor bytes of an event that look like a record are accepted.
 */
export function redoSeed(storeSeed: number, redo: number): number {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, redo);
  return checksum(bytes, 0, bytes.length, storeSeed);
}

/** Puts the header of a write at `at`; the bytes of the write must follow it. */
export function writeRedoWriteHeader(
  target: Uint8Array,
  at: number,
  { partitionId, offset, length }: { readonly partitionId: number; readonly offset: number; readonly length: number },
): void {
  writeU32(target, at + redoWriteLayout.partitionId, partitionId);
  writeU48(target, at + redoWriteLayout.offset, offset);
  writeU32(target, at + redoWriteLayout.length, length);
}

/** Completes the record in the first `length` bytes of `target`, where its writes already follow the header. */
export function sealRedoRecord(
  target: Uint8Array,
  length: number,
  { sequence, since, durable }: RedoRecordFields,
  seed: number,
): void {
  target.fill(0, 0, redoRecordLayout.end);
  writeU8(target, redoRecordLayout.kind, redoRecordKind);
  writeU32(target, redoRecordLayout.length, length);
  writeU48(target, redoRecordLayout.sequence, sequence);
  writeU48(target, redoRecordLayout.since, since);
  writeU48(target, redoRecordLayout.durable, durable);
  writeU32(target, redoRecordLayout.checksum, checksum(target, redoRecordLayout.kind, length, seed));
}

/**
 * The record that begins at `at`; undefined when there is no intact one. The bytes of its writes are views of `bytes`.
 */
export function decodeRedoRecord(bytes: Uint8Array, at: number, seed: number): RedoRecord | undefined {
  if (at + redoRecordLayout.end > bytes.length) return undefined;
  if (readU8(bytes, at + redoRecordLayout.kind) !== redoRecordKind) return undefined;
  const sizeBytes = readU32(bytes, at + redoRecordLayout.length);
  const end = at + sizeBytes;
  if (sizeBytes < redoRecordLayout.end || end > bytes.length) return undefined;
  const sum = readU32(bytes, at + redoRecordLayout.checksum);
  if (checksum(bytes, at + redoRecordLayout.kind, end, seed) !== sum) return undefined;
  const writes: RedoWrite[] = [];
  for (let next = at + redoRecordLayout.end; next < end;) {
    const start = next + redoWriteLayout.end;
    if (start > end) return undefined;
    const length = readU32(bytes, next + redoWriteLayout.length);
    if (start + length > end) return undefined;
    const partitionId = readU32(bytes, next + redoWriteLayout.partitionId);
    const offset = readU48(bytes, next + redoWriteLayout.offset);
    writes.push({ partitionId, offset, bytes: bytes.subarray(start, start + length) });
    next = start + length;
  }
  const sequence = readU48(bytes, at + redoRecordLayout.sequence);
  const since = readU48(bytes, at + redoRecordLayout.since);
  const durable = readU48(bytes, at + redoRecordLayout.durable);
  return { sequence, since, durable, sizeBytes, writes };
}
