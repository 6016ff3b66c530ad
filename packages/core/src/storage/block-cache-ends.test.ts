/**
 * A flipped bit in the position index can lead 8 TiB beyond the end of a segment. The cache entered a block there, for a
 * file that has only one: an array of 500 million places, which a writer that opened the store walked through to forget what
 * was cached. With bit 42 of the last entry that took 9 seconds.
 */
import { describe, expect, it } from 'vitest';
import { FilePool } from '../file-system/file-pool.ts';
import { SimulatedDisk } from '../testing/simulated-disk.ts';
import { BlockCache } from './block-cache.ts';
import { blockBytes, CachedFile } from './cached-file.ts';

function cachedFile(text: string) {
  const fileSystem = new SimulatedDisk().startProcess();
  const handle = fileSystem.open('/file', 'create');
  const append = (more: string): void => void handle.write(Buffer.from(more), 0, more.length, handle.sizeBytes());
  append(text);
  const cache = new BlockCache(new FilePool(fileSystem, 4), 4 * blockBytes);
  return { cache, file: new CachedFile('/file'), append };
}

describe('BlockCache', () => {
  it('notes nothing of a place where the file has nothing', () => {
    const { cache, file } = cachedFile('text');
    expect(cache.read(file, 0, 4).length).toBe(4);
    expect(cache.read(file, 2 ** 30 - 1, 8).length).toBe(0);
    expect(file.blocks.length).toBe(1);
  });

  it('keeps what it has, however often it looks for what is not there', () => {
    const { cache, file } = cachedFile('text');
    const block = cache.read(file, 0, 4);
    for (let index = 1; index < 100; index++) cache.read(file, index, 8);
    expect(cache.read(file, 0, 4) === block).toBe(true);
    expect(block.generation).toBe(0);
  });

  it('finds what came where there was nothing', () => {
    const { cache, file, append } = cachedFile('x'.repeat(blockBytes));
    expect(cache.read(file, 1, 4).length).toBe(0);
    append('more');
    const block = cache.read(file, 1, 4);
    expect(Buffer.from(block.bytes.buffer, block.bytes.byteOffset + block.start, block.length).toString()).toBe('more');
    expect(cache.read(file, 1, 4) === block).toBe(true);
  });
});
