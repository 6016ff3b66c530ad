/**
 * Finds where the frame of a position begins. Rebuilt from frames when it is missing or behind; an entry is a hint
 * that counts only when the frame confirms it. Any process may use it. Layout: docs/format.md, "Position index".
 */
import { CorruptionError, systemErrorCode } from '../errors.ts';
import { positionsFileName } from '../format/file-names.ts';
import { positionEntryBytes, positionsPerFile, readEntryOffset, readEntryPartition } from '../format/position-entry.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import type { BlockCache } from './block-cache.ts';
import { type Block, blockBytes, CachedFile } from './cached-file.ts';

const entriesPerBlock = blockBytes / positionEntryBytes;

/** Where a frame begins. */
export interface FrameLocation {
  partitionId: number;
  offset: number;
}

export class ReadablePositionIndex {
  protected readonly directory: string;
  protected readonly fileSystem: FileSystem;
  private readonly cache: BlockCache;
  private files: CachedFile[] = [];
  /** The file that was used last, and the index of its first entry; -Infinity when there is none. */
  private currentFile: CachedFile | undefined;
  private firstEntry = -Infinity;
  private readonly entry = new Uint8Array(positionEntryBytes);

  constructor(directory: string, fileSystem: FileSystem, cache: BlockCache) {
    this.directory = directory;
    this.fileSystem = fileSystem;
    this.cache = cache;
  }

  /**
   * Number of entries on disk up to the first missing one: in a copy in progress a file may lack its end, or be missing,
   * before others.
   */
  countConsecutive(): number {
    for (let fileNumber = 0; ; fileNumber++) {
      const sizeBytes = this.fileSystem.stat(this.pathOf(fileNumber))?.sizeBytes ?? 0;
      const entries = Math.floor(sizeBytes / positionEntryBytes);
      if (entries < positionsPerFile) return fileNumber * positionsPerFile + entries;
    }
  }

  /** Looks up a position that is 1 or more; false when the index does not reach it. */
  locate(position: number, location: FrameLocation): boolean {
    const entry = position - 1;
    let inFile = entry - this.firstEntry;
    if (inFile < 0 || inFile >= positionsPerFile) inFile = this.turnTo(entry);
    // 32-bit integers from here on: their divisions cost half of what divisions of any numbers do.
    const at = (inFile & (entriesPerBlock - 1)) * positionEntryBytes;
    const block = this.lookUp((inFile / entriesPerBlock) | 0, at);
    if (block === undefined) return this.locatePast(inFile, location);
    if (block.length < at + positionEntryBytes) return false;
    location.partitionId = readEntryPartition(block.bytes, block.start + at);
    location.offset = readEntryOffset(block.bytes, block.start + at);
    return location.offset > 0;
  }

  /**
   * Reads a byte of each of these positions' entries that are in memory, so that they all come into the CPU caches. The
   * result is computed from those bytes, and has no other use.
   */
  touch(positions: readonly number[], count: number): number {
    const blocks = this.currentFile?.blocks;
    if (blocks === undefined) return 0;
    let touched = 0;
    for (let index = 0; index < count; index++) {
      const inFile = positions[index]! - 1 - this.firstEntry;
      if (inFile < 0 || inFile >= positionsPerFile) continue;
      const block = blocks[(inFile / entriesPerBlock) | 0];
      if (block === undefined) continue;
      touched ^= block.bytes[block.start + (inFile & (entriesPerBlock - 1)) * positionEntryBytes]!;
    }
    return touched;
  }

  /** Rebuilds the index from frames where that is possible, in the process that writes. Returns whether it did. */
  mend(): boolean {
    return false;
  }

  /** The error for an entry that does not lead to the frame of its position. */
  corruption(position: number): CorruptionError {
    const entry = position - 1;
    const path = this.pathOf(Math.floor(entry / positionsPerFile));
    const offset = (entry % positionsPerFile) * positionEntryBytes;
    return new CorruptionError(`The entry at byte ${offset} of ${path} does not lead to position ${position}.`, {
      path,
      offset,
      position,
      hint: 'Read it in the process that writes, which makes it again, or call `reindex(0)` on the storage there.',
    });
  }

  /** Forgets what is cached, because a recovery may have cut the index back. */
  forgetCached(): void {
    for (const file of this.files) if (file !== undefined) this.cache.forget(file);
    this.files = [];
    this.firstEntry = -Infinity;
  }

  /** Makes the file of this entry the current one, and returns the index of the entry in it. */
  private turnTo(entry: number): number {
    const number = Math.floor(entry / positionsPerFile);
    this.currentFile = this.files[number] ??= new CachedFile(this.pathOf(number));
    this.firstEntry = number * positionsPerFile;
    return entry - this.firstEntry;
  }

  /** The block with the entry at this byte of it; undefined when it is not worth caching, or there is no file. */
  private lookUp(blockIndex: number, at: number): Block | undefined {
    try {
      return this.cache.lookUp(this.currentFile!, blockIndex, at, at + positionEntryBytes);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Reads one entry of the current file past the cache. */
  private locatePast(inFile: number, location: FrameLocation): boolean {
    const { entry } = this;
    let length = 0;
    try {
      length = this.cache.readPast(this.currentFile!, entry, positionEntryBytes, inFile * positionEntryBytes);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
    if (length < positionEntryBytes) return false;
    location.partitionId = readEntryPartition(entry, 0);
    location.offset = readEntryOffset(entry, 0);
    return location.offset > 0;
  }

  /** Forgets what is cached of the entry for `position`, of those after it in the same file, and of later files. */
  forgetFrom(position: number): void {
    const fileNumber = Math.floor((position - 1) / positionsPerFile);
    const blockIndex = Math.floor(((position - 1) % positionsPerFile) / entriesPerBlock);
    for (const [number, file] of this.files.entries()) {
      if (file === undefined || number < fileNumber) continue;
      this.cache.forgetFrom(file, number === fileNumber ? blockIndex : 0);
    }
  }

  protected pathOf(fileNumber: number): string {
    return `${this.directory}/${positionsFileName(fileNumber * positionsPerFile + 1)}`;
  }
}
