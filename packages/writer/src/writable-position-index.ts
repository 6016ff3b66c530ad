/**
 * The position index of a writer: takes an entry for each event, and writes them after the frames. Entries that are
 * not written yet are read from memory. Only the holder of the writer's lock may use it.
 */
import type { FileSystem } from '@varve/core';
import {
  type BlockCache,
  type FrameLocation,
  positionEntryBytes,
  positionsPerFile,
  ReadablePositionIndex,
  writePositionEntry,
} from '@varve/core/internal';
import { WriteFile } from './write-file.ts';

export class WritablePositionIndex extends ReadablePositionIndex {
  private file: WriteFile | undefined;
  private fileNumber = -1;
  /** Number of entries on disk; later ones are in `pending`. */
  private written: number;
  private pending = new Uint8Array(positionEntryBytes * 1024);
  private pendingCount = 0;
  private mendUpTo: ((last: number) => void) | undefined;
  /** Where each pending entry leads, for reading. */
  private pendingPartitions = new Uint32Array(1024);
  private pendingOffsets = new Float64Array(1024);

  constructor(directory: string, fileSystem: FileSystem, cache: BlockCache) {
    super(directory, fileSystem, cache);
    this.written = this.countConsecutive();
  }

  /** Number of entries, written or not: the last position. */
  get count(): number {
    return this.written + this.pendingCount;
  }

  get pendingEntries(): number {
    return this.pendingCount;
  }

  /** Starts after `count` entries; later ones on disk are overwritten, or stay until `cut`. */
  startAt(count: number): void {
    this.pendingCount = 0;
    this.written = count;
    this.useFile(Math.floor(count / positionsPerFile));
  }

  /** Writes the entries in memory, and cuts off what is on disk after them. */
  cut(): void {
    this.flush();
    this.useFile(Math.floor(this.written / positionsPerFile));
    const { path, lengthBytes } = this.file!;
    if ((this.fileSystem.stat(path)?.sizeBytes ?? 0) !== lengthBytes) this.file!.truncate(lengthBytes);
    for (let number = this.fileNumber + 1; this.fileSystem.stat(this.pathOf(number)) !== undefined; number++) {
      this.fileSystem.remove(this.pathOf(number));
    }
    this.forgetCached();
  }

  append(partitionId: number, offset: number): void {
    const index = this.pendingCount++;
    if (index >= this.pendingPartitions.length) this.grow();
    this.pendingPartitions[index] = partitionId;
    this.pendingOffsets[index] = offset;
    writePositionEntry(this.pending, index * positionEntryBytes, partitionId, offset);
  }

  override locate(position: number, location: FrameLocation): boolean {
    const index = position - 1 - this.written;
    if (index < 0) return super.locate(position, location);
    if (index >= this.pendingCount) return false;
    location.partitionId = this.pendingPartitions[index]!;
    location.offset = this.pendingOffsets[index]!;
    return true;
  }

  /** Writes the entries in memory; those that a failure leaves there can be written later. */
  flush(): void {
    while (this.pendingCount > 0) {
      this.useFile(Math.floor(this.written / positionsPerFile));
      const room = positionsPerFile - (this.written % positionsPerFile);
      const count = Math.min(room, this.pendingCount);
      this.file!.append(this.pending, 0, count * positionEntryBytes);
      this.written += count;
      this.dropPending(count);
    }
  }

  sync(): void {
    if (this.file?.needsSync === true) this.file.sync();
  }

  /** Says how entries are rebuilt, up to a position whose frame was written. */
  mendWith(mendUpTo: (last: number) => void): void {
    this.mendUpTo = mendUpTo;
  }

  override mend(): boolean {
    if (this.mendUpTo === undefined) return false;
    this.mendUpTo(this.written);
    this.reopen();
    return true;
  }

  /** Drops what is cached, and has the files opened again, because entries were rebuilt. */
  reopen(): void {
    this.close();
    this.file = undefined;
    this.fileNumber = -1;
    this.forgetCached();
  }

  close(): void {
    this.file?.close();
  }

  private dropPending(count: number): void {
    if (count < this.pendingCount) {
      this.pending.copyWithin(0, count * positionEntryBytes);
      this.pendingPartitions.copyWithin(0, count);
      this.pendingOffsets.copyWithin(0, count);
    }
    this.pendingCount -= count;
  }

  private useFile(fileNumber: number): void {
    if (this.fileNumber === fileNumber) return;
    // A full file is synced once, so that recovery never has to doubt it.
    this.sync();
    this.close();
    const lengthBytes = (this.written % positionsPerFile) * positionEntryBytes;
    this.file = new WriteFile(this.fileSystem, this.pathOf(fileNumber), lengthBytes);
    this.fileNumber = fileNumber;
  }

  private grow(): void {
    const size = this.pendingPartitions.length * 2;
    const [bytes, partitions, offsets] = [this.pending, this.pendingPartitions, this.pendingOffsets];
    (this.pending = new Uint8Array(size * positionEntryBytes)).set(bytes);
    (this.pendingPartitions = new Uint32Array(size)).set(partitions);
    (this.pendingOffsets = new Float64Array(size)).set(offsets);
  }
}
