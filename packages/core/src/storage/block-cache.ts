/**
 * A bounded cache of file blocks, shared by all files of a store. Sequential scans, random reads and consumers of
 * different streams all read through it, so that a block is fetched once and memory has one bound.
 *
 * Files only grow, so a cached block stays true; a partial block is topped up when more of it is needed. A block that
 * is evicted gives its buffer to the next one and counts up its `generation`: whoever keeps a view into a block
 * across other reads must compare that number before using the view again.
 */
import type { FilePool } from '../file-system/file-pool.ts';
import { type FileHandle, readFully } from '../file-system/file-system.ts';
import { viewOf } from '../format/checksum.ts';
import { accessible } from './store-description.ts';

/** 16 KiB: a random read costs one small `pread`, and a sequential scan still only one call for a hundred events. */
export const blockBytes = 16_384;

/**
 * Blocks that are allocated together, as parts of one array: whoever goes from block to block, as a reader of one stream
 * among many does at each event, finds array, view and buffer in the processor's cache, and only the bytes are not.
 */
const mostBlocksPerSlab = 256;
/** The first of them; each further one doubles what there is, so that a small store takes little. */
const fewestBlocksPerSlab = 4;

export class Block {
  /** The array that holds the block, perhaps among others, and a view of all of it. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the block begins in `bytes`. */
  readonly start: number;
  /** Valid bytes from the start of the block. */
  length = 0;
  generation = 0;
  /** Set by users who check a block as a whole, so that they check it once. */
  isChecked = false;
  /** Set by every use; the clock hand clears it, and evicts blocks that it finds cleared. */
  isReferenced = true;
  owner: CachedFile | undefined;
  index = 0;

  constructor(bytes: Uint8Array, view = viewOf(bytes), start = 0) {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
  }
}

/** One file that is read through the cache. */
export class CachedFile {
  readonly path: string;
  readonly blocks: (Block | undefined)[] = [];
  /** An open file of its own, for one that must stay readable after its name was removed. */
  readonly handle: FileHandle | undefined;

  constructor(path: string, handle?: FileHandle) {
    this.path = path;
    this.handle = handle;
  }
}

export class BlockCache {
  private readonly pool: FilePool;
  private readonly capacity: number;
  private readonly ring: Block[] = [];
  private hand = 0;
  /** A block that was taken, and in which nothing is: there was nothing to read. */
  private spare: Block | undefined;
  /** What the next blocks are parts of. */
  private slab = new Block(new Uint8Array(0));
  private slabUsed = 0;

  constructor(pool: FilePool, capacityBytes: number) {
    this.pool = pool;
    this.capacity = Math.max(4, Math.floor(capacityBytes / blockBytes));
  }

  /**
   * The block with this index of the file, with at least `neededBytes` valid bytes if the file has them.
   * A block with fewer means that the file ends there at the moment.
   */
  read(file: CachedFile, index: number, neededBytes: number): Block {
    const cached = file.blocks[index];
    if (cached !== undefined) {
      if (!cached.isReferenced) cached.isReferenced = true;
      if (cached.length < neededBytes) this.fill(cached, file, index);
      return cached;
    }
    const block = this.takeBlock();
    // Noted when there is something: a damaged entry of an index leads anywhere, and must not make the list as long as that.
    this.spare = block;
    this.fill(block, file, index);
    if (block.length === 0) return block;
    this.spare = undefined;
    block.owner = file;
    block.index = index;
    block.isReferenced = true;
    file.blocks[index] = block;
    return block;
  }

  /** Forgets what is cached of a file, because its bytes may have been replaced. */
  forget(file: CachedFile): void {
    for (const block of file.blocks) if (block !== undefined) this.release(block);
    file.blocks.length = 0;
    this.pool.close(file.path);
  }

  /** Gives the memory back; files can be read as before. */
  clear(): void {
    for (const block of this.ring) this.release(block);
    this.ring.length = 0;
    this.spare = undefined;
    this.hand = 0;
    this.slab = new Block(new Uint8Array(0));
    this.slabUsed = 0;
  }

  /** The same for the blocks from this index on. */
  forgetFrom(file: CachedFile, index: number): void {
    for (const block of file.blocks.slice(index)) if (block !== undefined) this.release(block);
    file.blocks.length = Math.min(file.blocks.length, index);
    this.pool.close(file.path);
  }

  private fill(block: Block, file: CachedFile, index: number): void {
    const start = block.length;
    block.isChecked = false;
    block.length += accessible(file.path, () => {
      const handle = file.handle ?? this.pool.open(file.path);
      return readFully(handle, block.bytes, block.start + start, blockBytes - start, index * blockBytes + start);
    });
  }

  private takeBlock(): Block {
    if (this.spare !== undefined) return this.spare;
    if (this.ring.length < this.capacity) {
      const block = this.allocate();
      this.ring.push(block);
      return block;
    }
    for (;;) {
      this.hand = (this.hand + 1) % this.ring.length;
      const candidate = this.ring[this.hand]!;
      if (!candidate.isReferenced) {
        this.release(candidate);
        return candidate;
      }
      candidate.isReferenced = false;
    }
  }

  private allocate(): Block {
    if (this.slabUsed === this.slab.bytes.length) {
      const { length } = this.ring;
      const blocks = Math.min(Math.max(fewestBlocksPerSlab, length), mostBlocksPerSlab, this.capacity - length);
      // The system gives memory page by page, when a block is filled.
      this.slab = new Block(Buffer.allocUnsafeSlow(blocks * blockBytes));
      this.slabUsed = 0;
    }
    const { bytes, view } = this.slab;
    const block = new Block(bytes, view, this.slabUsed);
    this.slabUsed += blockBytes;
    return block;
  }

  private release(block: Block): void {
    if (block.owner !== undefined) block.owner.blocks[block.index] = undefined;
    block.owner = undefined;
    block.length = 0;
    block.generation++;
    block.isReferenced = false;
  }
}
