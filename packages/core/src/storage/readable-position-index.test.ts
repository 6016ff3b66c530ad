import { describe, expect, it } from 'vitest';
import { FilePool } from '../file-system/file-pool.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { parsePositionsFileName } from '../format/file-names.ts';
import { positionEntryBytes, positionsPerFile, writePositionEntry } from '../format/position-entry.ts';
import { BlockCache } from './block-cache.ts';
import { blockBytes } from './cached-file.ts';
import { type FrameLocation, ReadablePositionIndex } from './readable-position-index.ts';

/** A folder of index files in which every position p leads to the offset `offsetOf(p)` of partition 3. */
function indexOf(offsetOf: (position: number) => number): ReadablePositionIndex {
  const open = (path: string): ReturnType<FileSystem['open']> => ({
    path,
    read(target, at, length, position) {
      const first = parsePositionsFileName(path.replace(/^.*\//, ''))! + position / positionEntryBytes;
      for (let entry = 0; entry < length / positionEntryBytes; entry++) {
        writePositionEntry(target, at + entry * positionEntryBytes, 3, offsetOf(first + entry));
      }
      return length;
    },
    write: () => 0,
    truncate: () => undefined,
    sizeBytes: () => positionsPerFile * positionEntryBytes,
    sync: () => undefined,
    syncLater: () => Promise.resolve(),
    close: () => undefined,
  });
  const fileSystem = { ...nodeFileSystem, open };
  return new ReadablePositionIndex('store', fileSystem, new BlockCache(new FilePool(fileSystem, 4), 8 * blockBytes));
}

describe('ReadablePositionIndex', () => {
  it('finds positions of several files, in any order', () => {
    const index = indexOf((position) => position * 10);
    const location: FrameLocation = { partitionId: 0, offset: 0 };
    const far = 700 * positionsPerFile;
    for (const position of [
      1,
      positionsPerFile,
      positionsPerFile + 1,
      2,
      far,
      far + 1,
      far + 2049,
      3,
      far,
      2048,
      2049,
    ]) {
      expect(index.locate(position, location)).toBe(true);
      expect(location).toEqual({ partitionId: 3, offset: position * 10 });
    }
  });

  it('finds positions here and there in more files than the cache has blocks', () => {
    const index = indexOf((position) => position * 10);
    const location: FrameLocation = { partitionId: 0, offset: 0 };
    for (let read = 0; read < 2000; read++) {
      const position = 1 + ((read * 7_368_787) % (12 * positionsPerFile));
      expect(index.locate(position, location)).toBe(true);
      expect(location).toEqual({ partitionId: 3, offset: position * 10 });
    }
  });

  it('looks again into a file that was cut back', () => {
    let factor = 1;
    const index = indexOf((position) => position * factor);
    const location: FrameLocation = { partitionId: 0, offset: 0 };
    index.locate(7, location);
    factor = 2;
    index.forgetCached();
    index.locate(7, location);
    expect(location.offset).toBe(14);
  });
});
