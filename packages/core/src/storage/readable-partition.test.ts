import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../test/encode-frame.ts';
import { FilePool } from '../file-system/file-pool.ts';
import type { FileHandle, FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { BlockCache, blockBytes } from './block-cache.ts';
import { FrameCursor, ReadablePartition } from './readable-partition.ts';

const seed = 7;

/** A file system with one segment that begins at 0, of which only the bytes from `offset` on are not zero. */
function hugeSegment(offset: number): { fileSystem: FileSystem; content: Buffer[] } {
  const content: Buffer[] = [];
  const handle: FileHandle = {
    path: 'segment',
    read(target, at, length, position) {
      if (position < offset) return target.fill(0, at, at + length).length;
      return Buffer.concat(content).copy(target, at, position - offset, position - offset + length);
    },
    write: () => 0,
    truncate: () => undefined,
    sizeBytes: () => offset + Buffer.concat(content).length,
    sync: () => undefined,
    syncLater: () => Promise.resolve(),
    close: () => undefined,
  };
  const fileSystem = { ...nodeFileSystem, open: () => handle, list: () => ['00000000000000000000.seg'] };
  return { fileSystem, content };
}

describe('a frame behind the first 4 GiB of its segment', () => {
  // The number of its block was computed with 32 bits when the block was cached before the frame was written.
  it('is read when it comes after its block was cached', () => {
    const offset = 2 ** 32 + 3 * blockBytes;
    const { fileSystem, content } = hugeSegment(offset);
    const pool = new FilePool(fileSystem, 4);
    const cache = new BlockCache(pool, 16 * blockBytes);
    const partition = new ReadablePartition(
      { directory: 'store', dataDirectory: 'store', indexDirectory: 'store', fileSystem, pool, cache, seed },
      1,
      'shared',
    );
    const cursor = new FrameCursor();
    const [first, second] = [encodeFrame({ seed }), encodeFrame({ seed, fields: { position: 2 } })];
    content.push(first);
    expect(partition.tryRead(offset, cursor)).toBe('whole');
    content.push(second.subarray(0, 38));
    expect(partition.tryRead(offset + first.length, cursor)).toBe('short');
    content.push(second.subarray(38));
    expect(partition.tryRead(offset + first.length, cursor)).toBe('whole');
    expect(cursor.view.position).toBe(2);
  });
});
