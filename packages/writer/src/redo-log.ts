/**
 * The redo log: a file of fixed size, written in advance, that has what was appended to segments since they were synced.
 * Durable commits wait for this file alone: it does not grow, so its sync takes half as long as that of a segment, and it is
 * one file for all partitions. After a crash, recovery writes to the segments what they lack of it.
 *
 * The log has two halves. While one is filled, the segments that the other one refers to are synced. Invariant: a half is
 * overwritten only when the segments durably have everything in it. Why: docs/decisions/0025-redo-log.md.
 */
import type { FileHandle, FileSystem } from '@varve/core';
import {
  fileNames,
  makeRoom,
  redoRecordAlignment,
  redoRecordLayout,
  redoSeed,
  redoWriteLayout,
  sealRedoRecord,
  temporarySuffix,
  writeFully,
  writeRedoWriteHeader,
} from '@varve/core/internal';

export interface RedoLogInput {
  readonly fileSystem: FileSystem;
  /** The store's directory. */
  readonly directory: string;
  /** The store's seed. */
  readonly seed: number;
  /** The random number of this log. */
  readonly redo: number;
  readonly sizeBytes: number;
}

/** At least one record of one page in each half; at most what recovery reads at once. */
export const minRedoLogBytes = 2 * redoRecordAlignment;
export const maxRedoLogBytes = 67_108_864;

/** Bytes that were appended to a partition: the first `length` of `bytes`, at `offset`. */
export interface AppendedBytes {
  readonly partitionId: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Bytes that are written at a time when the file is created. */
const chunkBytes = 262_144;

/**
 * Creates the file with every byte written, so that syncing it later concerns no other block. Rejects with the error of the
 * file system, and leaves an existing log as it was. `assertOwn` is called before the new file replaces that.
 */
export async function makeRedoLog(input: RedoLogInput, assertOwn: () => void): Promise<RedoLog> {
  const { fileSystem, directory, seed, redo } = input;
  const path = `${directory}/${fileNames.redo}`;
  const temporaryPath = path + temporarySuffix;
  const halfBytes = Math.floor(input.sizeBytes / 2 / redoRecordAlignment) * redoRecordAlignment;
  // It must be another file than the one that an old writer may still have open.
  fileSystem.remove(temporaryPath);
  const handle = fileSystem.open(temporaryPath, 'create');
  try {
    const zeros = new Uint8Array(Math.min(chunkBytes, 2 * halfBytes));
    for (let at = 0; at < 2 * halfBytes; at += zeros.length) {
      writeFully(handle, zeros, 0, Math.min(zeros.length, 2 * halfBytes - at), at);
    }
    await handle.syncLater();
    assertOwn();
  } catch (error) {
    makeRoom(handle);
    throw error;
  } finally {
    handle.close();
  }
  fileSystem.rename(temporaryPath, path);
  fileSystem.syncDirectory(directory);
  return new RedoLog(fileSystem.open(path, 'write'), halfBytes, redoSeed(seed, redo));
}

export class RedoLog {
  private readonly handle: FileHandle;
  private readonly halfBytes: number;
  private readonly seed: number;
  /** The record that is being assembled. */
  private readonly record: Buffer;
  private length = redoRecordLayout.end;
  private sequence = 0;
  /** Sequence of the first record that segments may not durably have, and of the first one in the current half. */
  private since = 1;
  private firstInHalf = 1;
  /** Where the next record goes, and where the half that it belongs to ends. */
  private at = 0;
  private halfEnd: number;
  private syncsUnderWay = 0;
  private isClosing = false;

  constructor(handle: FileHandle, halfBytes: number, seed: number) {
    this.handle = handle;
    this.halfBytes = halfBytes;
    this.seed = seed;
    this.halfEnd = halfBytes;
    // A record takes at most a quarter of a half: what does not fit is synced in its segment instead.
    this.record = Buffer.alloc(Math.ceil(halfBytes / 4 / redoRecordAlignment) * redoRecordAlignment);
  }

  get isEmpty(): boolean {
    return this.length === redoRecordLayout.end;
  }

  /** Whether the next record does not fit into the rest of the current half. */
  get needsOtherHalf(): boolean {
    return this.at + this.length > this.halfEnd;
  }

  /** Adds what was appended to the next record; false, with nothing added, when there is no room for it. */
  take(appended: AppendedBytes): boolean {
    const { bytes, length } = appended;
    const start = this.length + redoWriteLayout.end;
    if (start + length > this.record.length) return false;
    writeRedoWriteHeader(this.record, this.length, appended);
    this.record.set(bytes.subarray(0, length), start);
    this.length = start + length;
    return true;
  }

  /** Discards what was added since the last record. */
  discard(): void {
    this.length = redoRecordLayout.end;
  }

  /** Switches to the other half, which nobody needs any more; the current one is needed until `released`. */
  beginOtherHalf(): void {
    this.firstInHalf = this.sequence + 1;
    const isFirst = this.halfEnd === this.halfBytes;
    this.at = isFirst ? this.halfBytes : 0;
    this.halfEnd = isFirst ? this.halfBytes * 2 : this.halfBytes;
  }

  /** To be called when the segments durably have everything in the half that was left last. */
  released(): void {
    this.since = this.firstInHalf;
  }

  /**
   * Writes what was added as one record; everything up to the position `durable` is durable already. Throws what the file
   * system throws; the log must not be used after that.
   */
  write(durable: number): void {
    const { length, record, seed, since } = this;
    const sequence = ++this.sequence;
    sealRedoRecord(record, length, { sequence, since, durable }, seed);
    // Whole pages: writing a part of a page that is not in memory would require reading the rest.
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

  /** Closes the file, once the last sync has ended. */
  close(): void {
    this.isClosing = this.syncsUnderWay > 0;
    if (!this.isClosing) this.handle.close();
  }
}
