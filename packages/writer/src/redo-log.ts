/**
 * The redo log: a file of fixed size, written in advance, that has what was appended to segments since they were synced.
 * Durable commits wait for this file alone: it does not grow, so its sync takes half as long as that of a segment, and it is
 * one file for all partitions. After a crash recovery writes to the segments what they lack of it.
 *
 * It has two halves. While one is filled, the segments are synced that the other one speaks of. Invariant: a half is written
 * over only when the segments have durably what it says. Why: docs/decisions/0025-redo-log.md.
 */
import type { FileHandle, FileSystem } from '@varve/core';
import {
  fileNames,
  redoRecordAlignment,
  redoRecordLayout,
  redoWriteLayout,
  sealRedoRecord,
  writeFully,
  writeRedoWriteHeader,
} from '@varve/core/internal';

export interface RedoLogInput {
  readonly fileSystem: FileSystem;
  /** The store's. */
  readonly directory: string;
  readonly seed: number;
  readonly epoch: number;
  readonly sizeBytes: number;
}

/** A record of one page in each half, at least; and what recovery reads at once, at most. */
export const leastRedoLogBytes = 2 * redoRecordAlignment;
export const maxRedoLogBytes = 67_108_864;

/** Bytes that were appended to a partition: the first `length` of `bytes`, at `offset`. */
export interface AppendedBytes {
  readonly partitionId: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Bytes that are written at a time when the file is made. */
const chunkBytes = 262_144;

export class RedoLog {
  private readonly input: RedoLogInput;
  private readonly handle: FileHandle;
  private readonly halfBytes: number;
  /** The record that is being put together. */
  private readonly record: Buffer;
  private length = redoRecordLayout.end;
  private sequence = 0;
  /** Of the first record that segments may not have durably, and of the first one in the half at hand. */
  private since = 1;
  private firstInHalf = 1;
  /** Where the next record goes, and where the half ends that it belongs to. */
  private at = 0;
  private halfEnd: number;
  private syncsUnderWay = 0;
  private isClosing = false;

  /** Makes the file where it is missing or has another size; `prepare` must follow. Throws what the file system throws. */
  constructor(input: RedoLogInput) {
    this.input = input;
    this.halfBytes = Math.floor(input.sizeBytes / 2 / redoRecordAlignment) * redoRecordAlignment;
    this.halfEnd = this.halfBytes;
    // A record takes a quarter of a half at most: what is more is soon synced where it belongs.
    this.record = Buffer.alloc(Math.ceil(this.halfBytes / 4 / redoRecordAlignment) * redoRecordAlignment);
    this.handle = input.fileSystem.open(`${input.directory}/${fileNames.redo}`, 'create');
  }

  /** Writes every byte of the file once, unless that was done before, so that syncing it later concerns no other block. */
  async prepare(): Promise<void> {
    const { fileSystem, directory } = this.input;
    const sizeBytes = this.halfBytes * 2;
    if (this.handle.sizeBytes() === sizeBytes) return;
    this.handle.truncate(0);
    const zeros = new Uint8Array(Math.min(chunkBytes, sizeBytes));
    for (let at = 0; at < sizeBytes; at += zeros.length) {
      writeFully(this.handle, zeros, 0, Math.min(zeros.length, sizeBytes - at), at);
    }
    await this.syncLater();
    await fileSystem.syncDirectoryLater(directory);
  }

  get isEmpty(): boolean {
    return this.length === redoRecordLayout.end;
  }

  /** Whether the next record does not fit into what is left of the half at hand. */
  get needsOtherHalf(): boolean {
    return this.at + this.length > this.halfEnd;
  }

  /** Takes what was appended into the next record; false, with nothing taken, when there is no room for it. */
  take(appended: AppendedBytes): boolean {
    const { bytes, length } = appended;
    const start = this.length + redoWriteLayout.end;
    if (start + length > this.record.length) return false;
    writeRedoWriteHeader(this.record, this.length, appended);
    this.record.set(bytes.subarray(0, length), start);
    this.length = start + length;
    return true;
  }

  /** Forgets what was taken since the last record. */
  discard(): void {
    this.length = redoRecordLayout.end;
  }

  /** Goes over to the other half, of which nobody needs anything any more; until `released`, this one is needed. */
  beginOtherHalf(): void {
    this.firstInHalf = this.sequence + 1;
    const isFirst = this.halfEnd === this.halfBytes;
    this.at = isFirst ? this.halfBytes : 0;
    this.halfEnd = isFirst ? this.halfBytes * 2 : this.halfBytes;
  }

  /** To be called when the segments have durably what the half says that was left last. */
  released(): void {
    this.since = this.firstInHalf;
  }

  /**
   * Writes what was taken as one record; everything up to the position `durable` is durable already. Throws what the file system
   * throws; the log must not be used then.
   */
  write(durable: number): void {
    const { epoch, seed } = this.input;
    const { length, record, since } = this;
    const sequence = ++this.sequence;
    sealRedoRecord(record, length, { epoch, sequence, since, durable }, seed);
    // Whole pages: of one that is not in memory, a part could not be written without reading the rest.
    const written = Math.ceil(length / redoRecordAlignment) * redoRecordAlignment;
    writeFully(this.handle, record, 0, written, this.at);
    this.at += written;
    this.discard();
  }

  async syncLater(): Promise<void> {
    this.syncsUnderWay++;
    try {
      await this.handle.syncLater();
    } finally {
      this.syncsUnderWay--;
      if (this.isClosing) this.close();
    }
  }

  /** Takes the file away: one that could not be made in whole takes room that others may need. */
  remove(): void {
    this.close();
    try {
      this.input.fileSystem.remove(this.handle.path);
    } catch {
      // A file that nobody reads is left over.
    }
  }

  /** Gives the file back, when the last sync is through. */
  close(): void {
    this.isClosing = this.syncsUnderWay > 0;
    if (!this.isClosing) this.handle.close();
  }
}
