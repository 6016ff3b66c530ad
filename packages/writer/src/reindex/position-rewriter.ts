/**
 * Rebuilds entries of the position index, in place. A block of entries that is right is not written, and in others the right
 * entries keep their bytes, so that none of them is wrong at any moment: readers that have the file open see old or new
 * entries, and so does recovery after a crash.
 */
import type { FileHandle } from '@varve/core';
import {
  type StoreContext,
  positionEntryBytes,
  positionsFileName,
  positionsPerFile,
  readFully,
  writeFully,
  writePositionEntry,
} from '@varve/core/internal';

const entriesPerWrite = 65_536;

export class PositionRewriter {
  private readonly context: StoreContext;
  private readonly entries = new Uint8Array(entriesPerWrite * positionEntryBytes);
  private readonly found = new Uint8Array(entriesPerWrite * positionEntryBytes);
  private count = 0;
  /** Number of the first entry in `entries`: its position less 1. */
  private first: number;
  private file: FileHandle | undefined;
  private fileNumber = -1;
  private isChanged = false;
  /** Number of entries that were changed. */
  changedEntries = 0;

  /** Begins with the entry of the position after `after`. */
  constructor(context: StoreContext, after: number) {
    this.context = context;
    this.first = after;
  }

  /** The next `count` positions are in the frame at this offset. */
  add(partitionId: number, offset: number, count: number): void {
    for (let left = count; left > 0; left--) {
      if (this.count === entriesPerWrite || (this.first + this.count) % positionsPerFile === 0) this.flush();
      writePositionEntry(this.entries, this.count++ * positionEntryBytes, partitionId, offset);
    }
  }

  /** Makes all of it durable. */
  finish(): void {
    this.flush();
    this.close();
    this.context.fileSystem.syncDirectory(this.context.indexDirectory);
  }

  /** Syncs the file if it was changed, and closes it. */
  close(): void {
    try {
      if (this.isChanged) this.file?.sync();
    } finally {
      this.isChanged = false;
      this.file?.close();
      this.file = undefined;
      this.fileNumber = -1;
    }
  }

  private flush(): void {
    if (this.count === 0) return;
    const file = this.useFile(Math.floor(this.first / positionsPerFile));
    const at = (this.first % positionsPerFile) * positionEntryBytes;
    const length = this.count * positionEntryBytes;
    const there = readFully(file, this.found, 0, length, at);
    const changed = this.countChanged(there);
    if (changed > 0) {
      writeFully(file, this.entries, 0, length, at);
      this.isChanged = true;
      this.changedEntries += changed;
    }
    this.first += this.count;
    this.count = 0;
  }

  private countChanged(foundBytes: number): number {
    const { entries, found, count } = this;
    const length = count * positionEntryBytes;
    if (foundBytes === length && Buffer.compare(entries.subarray(0, length), found.subarray(0, length)) === 0) return 0;
    let changed = 0;
    for (let at = 0; at < length; at += positionEntryBytes) {
      const end = at + positionEntryBytes;
      if (end > foundBytes || Buffer.compare(entries.subarray(at, end), found.subarray(at, end)) !== 0) changed++;
    }
    return changed;
  }

  private useFile(fileNumber: number): FileHandle {
    if (this.fileNumber !== fileNumber) {
      this.close();
      const { fileSystem, indexDirectory } = this.context;
      const path = `${indexDirectory}/${positionsFileName(fileNumber * positionsPerFile + 1)}`;
      this.file = fileSystem.open(path, 'create');
      this.fileNumber = fileNumber;
    }
    return this.file!;
  }
}
