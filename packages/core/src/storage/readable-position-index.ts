/**
 * Finds where the frame of a position begins. Rebuilt from frames when it is missing or behind; an entry is a hint
 * that counts only when the frame confirms it. Any process may use it. Layout: docs/format.md, "Position index".
 */
import { parsePositionsFileName, positionsFileName } from '../format/file-names.ts';
import { positionEntryBytes, positionsPerFile, readEntryOffset, readEntryPartition } from '../format/position-entry.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { type BlockCache, blockBytes, CachedFile } from './block-cache.ts';

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

  constructor(directory: string, fileSystem: FileSystem, cache: BlockCache) {
    this.directory = directory;
    this.fileSystem = fileSystem;
    this.cache = cache;
  }

  /** Entries on disk: the last position that can be looked up. */
  countEntries(): number {
    const numbers = (this.fileSystem.list(this.directory) ?? [])
      .map(parsePositionsFileName)
      .filter((first) => first !== undefined);
    if (numbers.length === 0) return 0;
    const lastFirst = Math.max(...numbers);
    const status = this.fileSystem.stat(`${this.directory}/${positionsFileName(lastFirst)}`);
    return lastFirst - 1 + Math.floor((status?.sizeBytes ?? 0) / positionEntryBytes);
  }

  /** Looks up a position that is 1 or more; false when the index does not reach it. */
  locate(position: number, location: FrameLocation): boolean {
    const entry = position - 1;
    const fileNumber = Math.floor(entry / positionsPerFile);
    const inFile = entry - fileNumber * positionsPerFile;
    const blockIndex = Math.floor(inFile / entriesPerBlock);
    const at = (inFile - blockIndex * entriesPerBlock) * positionEntryBytes;
    const file = (this.files[fileNumber] ??= new CachedFile(this.pathOf(fileNumber)));
    const block = this.cache.read(file, blockIndex, at + positionEntryBytes);
    if (block.length < at + positionEntryBytes) return false;
    location.partitionId = readEntryPartition(block.bytes, at);
    location.offset = readEntryOffset(block.bytes, at);
    return location.offset > 0;
  }

  /** Forgets what is cached, because a recovery may have cut the index back. */
  forgetCached(): void {
    for (const file of this.files) if (file !== undefined) this.cache.forget(file);
    this.files = [];
  }

  protected pathOf(fileNumber: number): string {
    return `${this.directory}/${positionsFileName(fileNumber * positionsPerFile + 1)}`;
  }
}
