import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../test/encode-frame.ts';
import { fileHeaderBytes } from '../format/file-header.ts';
import { FilePool } from '../file-system/file-pool.ts';
import type { FileHandle, FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { BlockCache } from './block-cache.ts';
import { blockBytes } from './cached-file.ts';
import { SegmentRecords } from './segment-records.ts';
import { FrameCursor } from './frame-cursor.ts';
import { ReadablePartition } from './readable-partition.ts';

const seed = 7;

/** A file system with one segment that begins at 0, in which only the bytes from `offset` on are not zero. */
function hugeSegment(offset: number): { fileSystem: FileSystem; content: Buffer[] } {
  const content: Buffer[] = [];
  const handle: FileHandle = {
    path: 'segment',
    read(target, at, length, position) {
      const zeros = Math.max(0, Math.min(length, offset - position));
      target.fill(0, at, at + zeros);
      if (zeros === length) return length;
      const start = position + zeros - offset;
      return zeros + Buffer.concat(content).copy(target, at + zeros, start, start + length - zeros);
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

/** A partition with one segment of these bytes after its header, read through a cache of this many blocks. */
function partitionOf(bytes: Buffer, blocks = 16): ReadablePartition {
  const { fileSystem, content } = hugeSegment(fileHeaderBytes);
  content.push(bytes);
  return partitionIn(fileSystem, blocks);
}

function partitionIn(fileSystem: FileSystem, blocks: number): ReadablePartition {
  const pool = new FilePool(fileSystem, 4);
  const cache = new BlockCache(pool, blocks * blockBytes);
  const folders = { directory: 'store', dataDirectory: 'store', indexDirectory: 'store' };
  const segmentRecords = new SegmentRecords('', undefined, () => undefined);
  return new ReadablePartition({ ...folders, segmentRecords, fileSystem, pool, cache, seed }, 1, 'shared');
}

describe('frames of any size', () => {
  // Around the ends of blocks, and around the size from which frames are read past the cache.
  const sizes = [1, 100, blockBytes - 40, blockBytes, 3 * blockBytes, 4 * blockBytes - 20, 4 * blockBytes, 90_000];
  const frames = [...sizes, ...sizes].map((size, index) => {
    const payloads = [Buffer.alloc(size, index + 1)];
    return encodeFrame({ seed, payloads, fields: { position: index + 1 } });
  });
  const offsets = frames.map((_, index) => fileHeaderBytes + Buffer.concat(frames.slice(0, index)).length);

  it('are read wherever they lie across blocks', () => {
    const partition = partitionOf(Buffer.concat(frames), 4);
    const cursor = new FrameCursor();
    for (const [index, offset] of offsets.entries()) {
      expect(partition.tryRead(offset, cursor)).toBe('whole');
      expect(cursor.view.position).toBe(index + 1);
      const { body } = cursor.view;
      const payload = Buffer.from(body.subarray(cursor.view.payloadStart(0), cursor.view.payloadEnd(0)));
      expect(payload.equals(Buffer.alloc(sizes[index % sizes.length]!, index + 1))).toBe(true);
    }
  });

  it('are read in any order, past the cache or through it', () => {
    const partition = partitionOf(Buffer.concat(frames), 4);
    const cursor = new FrameCursor();
    for (let read = 0; read < 300; read++) {
      const index = (read * 7 + Math.floor(read / 3)) % frames.length;
      expect(partition.tryRead(offsets[index]!, cursor)).toBe('whole');
      const { view } = cursor;
      expect(view.position).toBe(index + 1);
      const payload = Buffer.from(view.body.subarray(view.payloadStart(0), view.payloadEnd(0)));
      expect(payload.equals(Buffer.alloc(sizes[index % sizes.length]!, index + 1))).toBe(true);
    }
  });

  it.each(['past the cache', 'through it'])('are short while a byte is missing, read %s', (way) => {
    for (const [index, offset] of offsets.entries()) {
      for (const missing of [1, frames[index]!.length - 7, frames[index]!.length - 20, frames[index]!.length]) {
        const end = offset - fileHeaderBytes + frames[index]!.length - missing;
        const partition = partitionOf(Buffer.concat(frames).subarray(0, end));
        // A reader that comes from before the frame is reading sequentially.
        if (way === 'through it') partition.walkTo(offset);
        expect(partition.tryRead(offset, new FrameCursor())).toBe('short');
      }
    }
  });

  it('are there as soon as their last byte is, whatever was read before', () => {
    for (const [index, offset] of offsets.entries()) {
      const { fileSystem, content } = hugeSegment(fileHeaderBytes);
      const partition = partitionIn(fileSystem, 16);
      const all = Buffer.concat(frames.slice(0, index + 1));
      const cursor = new FrameCursor();
      for (const missing of [frames[index]!.length, 10, 1]) {
        content[0] = all.subarray(0, all.length - missing);
        expect(partition.tryRead(offset, cursor)).toBe('short');
      }
      content[0] = all;
      expect(partition.tryRead(offset, cursor)).toBe('whole');
      expect(cursor.view.position).toBe(index + 1);
    }
  });

  it('are not asked memory for when their length is damaged', () => {
    const frame = Buffer.concat([Buffer.alloc(blockBytes - fileHeaderBytes - 20), frames[1]!]);
    frame.writeUInt32LE(0xffff_fff0, blockBytes - fileHeaderBytes - 20 + 4);
    expect(partitionOf(frame).tryRead(blockBytes - 20, new FrameCursor())).toBe('short');
  });
});

describe('a frame that does not match its checksum', () => {
  // The cursor went on treating the frame before it, whose block may be reused, as the one under its view.
  it('leaves the cursor without a current frame', () => {
    const [first, second] = [encodeFrame({ seed }), encodeFrame({ seed, fields: { position: 2 } })];
    second[second.length - 1]! ^= 1;
    const partition = partitionOf(Buffer.concat([first, second]));
    const cursor = new FrameCursor();
    partition.tryRead(fileHeaderBytes, cursor);
    expect(cursor.isCurrent).toBe(true);
    expect(partition.tryRead(fileHeaderBytes + first.length, cursor)).toBe('checksum');
    expect(cursor.isCurrent).toBe(false);
  });
});

describe('a frame behind the first 4 GiB of its segment', () => {
  // The number of its block was computed with 32 bits when the block was cached before the frame was written.
  it('is read when it comes after its block was cached', () => {
    const offset = 2 ** 32 + 3 * blockBytes;
    const { fileSystem, content } = hugeSegment(offset);
    const partition = partitionIn(fileSystem, 16);
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
