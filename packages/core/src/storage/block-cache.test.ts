import { describe, expect, it } from 'vitest';
import { FilePool } from '../file-system/file-pool.ts';
import type { FileHandle } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { BlockCache } from './block-cache.ts';
import { blockBytes, CachedFile } from './cached-file.ts';
import { copyRange } from './read-range.ts';

/** Bytes that are read at each place. */
const pieceBytes = 100;

/** A file in which each byte identifies its block, read through a cache; both of a given number of blocks. */
class CountedFile {
  readonly file = new CachedFile('counted');
  readonly sizeBlocks: number;
  /** Reads of whole blocks, and of pieces past the cache. */
  blocksRead = 0;
  piecesRead = 0;
  readonly cache: BlockCache;
  private readonly target = new Uint8Array(pieceBytes);
  private state = 1;

  constructor(sizeBlocks: number, cachedBlocks: number) {
    this.sizeBlocks = sizeBlocks;
    const handle: FileHandle = {
      path: 'counted',
      read: (target, at, length, position) => {
        target.fill(Math.floor(position / blockBytes) % 251, at, at + length);
        if (length === blockBytes) this.blocksRead++;
        else this.piecesRead++;
        return length;
      },
      write: () => 0,
      truncate: () => undefined,
      sizeBytes: () => sizeBlocks * blockBytes,
      sync: () => undefined,
      syncLater: () => Promise.resolve(),
      close: () => undefined,
    };
    this.cache = new BlockCache(new FilePool({ ...nodeFileSystem, open: () => handle }, 4), cachedBlocks * blockBytes);
  }

  /** Reads what is at this byte, through the cache or past it, and checks it. */
  readAt(byte: number): void {
    const index = Math.floor(byte / blockBytes);
    const inBlock = byte % blockBytes;
    const block = this.cache.lookUp(this.file, index, inBlock, inBlock + pieceBytes);
    if (block === undefined) this.cache.readPast(this.file, this.target, pieceBytes, byte);
    if (block?.isPassing === true) block.usedBytes += 128;
    const found = block === undefined ? this.target[0] : block.bytes[block.start + inBlock];
    if (found !== index % 251) throw new Error(`Byte ${byte} is one of another block`);
  }

  /** Reads at random places in the blocks from this one on; the same places in every run. */
  readAnywhere(count: number, firstBlock = 0): void {
    for (let read = 0; read < count; read++) {
      this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
      const block = firstBlock + Math.floor((this.state / 2 ** 32) * (this.sizeBlocks - firstBlock));
      this.readAt(block * blockBytes + (this.state % 160) * pieceBytes);
    }
  }

  /** How many calls this takes. */
  callsFor(read: () => void): { blocks: number; pieces: number } {
    const [blocks, pieces] = [this.blocksRead, this.piecesRead];
    read();
    return { blocks: this.blocksRead - blocks, pieces: this.piecesRead - pieces };
  }
}

/** Bytes of a block at which something begins, in ascending order. */
const starts = Array.from({ length: blockBytes / 128 }, (_, number) => number * 128 + 10);

function readBlock(counted: CountedFile, block: number): void {
  for (const start of starts) if (start + pieceBytes <= blockBytes) counted.readAt(block * blockBytes + start);
}

function readBlockBackwards(counted: CountedFile, block: number): void {
  for (const start of starts.toReversed()) {
    if (start + pieceBytes <= blockBytes) counted.readAt(block * blockBytes + start);
  }
}

describe('who reads on', () => {
  it('has each block read once, from the beginning', () => {
    const counted = new CountedFile(100, 10);
    for (let block = 0; block < 100; block++) readBlock(counted, block);
    expect(counted).toMatchObject({ blocksRead: 100, piecesRead: 0 });
  });

  it('has the next block read when it was a range across blocks that was read before', () => {
    const counted = new CountedFile(100, 10);
    counted.cache.read(counted.file, 30, blockBytes);
    readBlock(counted, 31);
    expect(counted).toMatchObject({ blocksRead: 2, piecesRead: 0 });
  });

  it('has each block read once backwards, but for the first thing', () => {
    const counted = new CountedFile(100, 10);
    for (let block = 99; block >= 0; block--) readBlockBackwards(counted, block);
    expect(counted).toMatchObject({ blocksRead: 100, piecesRead: 1 });
  });

  it('has each block read once by each of four readers by turns', () => {
    const counted = new CountedFile(1000, 10);
    for (let block = 0; block < 100; block++) {
      for (const start of starts.slice(0, -1)) {
        for (const reader of [1, 2, 3, 4]) counted.readAt((reader * 200 + block) * blockBytes + start);
      }
    }
    expect(counted).toMatchObject({ blocksRead: 400, piecesRead: 4 });
  });

  it('is not held up by blocks that are in use', () => {
    const counted = new CountedFile(100, 10);
    for (let pass = 0; pass < 3; pass++) for (let block = 0; block < 10; block++) readBlock(counted, block);
    const read = counted.callsFor(() => {
      for (let block = 20; block < 100; block++) readBlock(counted, block);
    });
    expect(read).toEqual({ blocks: 80, pieces: 1 });
  });
});

describe('a scan', () => {
  const scan = (counted: CountedFile): void => {
    for (let block = 0; block < counted.sizeBlocks; block++) readBlock(counted, block);
  };
  const scanBackwards = (counted: CountedFile): void => {
    for (let block = counted.sizeBlocks - 1; block >= 0; block--) readBlockBackwards(counted, block);
  };

  it.each([
    ['forward', scan],
    ['backwards', scanBackwards],
  ])('that goes %s keeps hardly a block, however much room there is', (_name, read) => {
    const counted = new CountedFile(100, 200);
    read(counted);
    expect(counted.file.blocks.filter((block) => block !== undefined).length).toBeLessThanOrEqual(3);
  });

  it('of what is as long as a block and lies across two keeps nothing either', () => {
    const counted = new CountedFile(100, 200);
    const target = new Uint8Array(10_000);
    const scanLong = (): void => {
      for (let offset = 10; offset + target.length < 100 * blockBytes; offset += target.length) {
        copyRange(counted.cache, counted.file, { offset, length: target.length }, target);
      }
    };
    for (let pass = 0; pass < 3; pass++) expect(counted.callsFor(scanLong).blocks).toBeGreaterThan(95);
  });

  it('has the block before the last one still, because a frame may lie across both', () => {
    const counted = new CountedFile(100, 200);
    for (const block of [0, 1, 0, 1, 2, 1, 2, 3, 2]) counted.cache.read(counted.file, block, blockBytes);
    expect(counted.blocksRead).toBe(4);
  });

  it('that comes again keeps no more than the first time', () => {
    const counted = new CountedFile(100, 200);
    for (let pass = 0; pass < 3; pass++) expect(counted.callsFor(() => scan(counted)).blocks).toBeGreaterThan(95);
  });

  it('of a part of each block keeps what it reads when it comes again, as far as there is room', () => {
    const counted = new CountedFile(100, 60);
    const readParts = (): void => {
      for (let byte = 0; byte < 100 * blockBytes; byte += 2048) counted.readAt(byte);
    };
    readParts();
    expect(counted.callsFor(readParts).blocks).toBeGreaterThan(95);
    expect(counted.callsFor(readParts).blocks).toBeLessThan(60);
  });

  it('takes nothing from those who come again and again', () => {
    const counted = new CountedFile(1000, 12);
    const readHot = (): void => {
      for (let block = 900; block < 908; block++) counted.readAt(block * blockBytes + 7000);
    };
    readHot();
    readHot();
    expect(counted.callsFor(readHot)).toEqual({ blocks: 0, pieces: 0 });
    for (let block = 0; block < 900; block++) readBlock(counted, block);
    expect(counted.callsFor(readHot)).toEqual({ blocks: 0, pieces: 0 });
  });
});

describe('who reads here and there', () => {
  it('reads pieces past a cache that is too small, and hardly any blocks', () => {
    const counted = new CountedFile(4000, 400);
    counted.readAnywhere(20_000);
    const { blocks, pieces } = counted.callsFor(() => counted.readAnywhere(20_000));
    expect(pieces).toBeGreaterThan(17_000);
    expect(blocks).toBeLessThan(1000);
  });

  it('finds in memory what is read again and again', () => {
    const counted = new CountedFile(4000, 40);
    const readHot = (): void => {
      // Every second block, because adjacent blocks would count as sequential reading.
      for (let block = 2; block <= 60; block += 2) counted.readAt(block * blockBytes + 7000);
    };
    for (let round = 0; round < 1000; round++) {
      readHot();
      counted.readAnywhere(10);
    }
    let calls = 0;
    for (let round = 0; round < 100; round++) {
      const { blocks, pieces } = counted.callsFor(readHot);
      calls += blocks + pieces;
      counted.readAnywhere(10);
    }
    // Of 3,000 reads.
    expect(calls).toBeLessThan(150);
  });

  it('has the whole file in memory soon, if there is room for it', () => {
    const counted = new CountedFile(100, 100);
    counted.readAnywhere(8000);
    expect(counted.callsFor(() => counted.readAnywhere(1000))).toEqual({ blocks: 0, pieces: 0 });
    expect(counted.blocksRead).toBe(100);
  });

  it('gets what is wanted now in the place of what was wanted before', () => {
    const counted = new CountedFile(140, 50);
    for (let round = 0; round < 20; round++) for (let block = 0; block < 50; block++) readBlock(counted, block);
    counted.readAnywhere(20_000, 100);
    const { blocks, pieces } = counted.callsFor(() => counted.readAnywhere(1000, 100));
    expect(blocks + pieces).toBeLessThan(10);
  });
});
