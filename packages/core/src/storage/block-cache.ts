/**
 * A bounded cache of file blocks, shared by all files of a store. Sequential scans, random reads and consumers of
 * different streams all read through it, so that memory has one bound. The algorithm is CLOCK (second chance), with a
 * bypass for one-off reads (`lookUp`) and admission of blocks that were missed before. A sequential reader holds two
 * blocks that move along with it; a random reader bypasses the cache. Why: docs/decisions/0024-keeping-blocks.md.
 *
 * Files only grow, so a cached block stays valid; a partial block is topped up when more of it is needed. A block that is
 * evicted passes its buffer to the next one and increments its `generation`: whoever keeps a view into a block across
 * other reads must compare that number before using the view again.
 */
import type { FilePool } from '../file-system/file-pool.ts';
import { readFully } from '../file-system/file-system.ts';
import { Block, blockBytes, type CachedFile } from './cached-file.ts';
import { unavailable } from './store-description.ts';

/**
 * While the cache is full, one in this many of the blocks that are missed again replaces another one: few enough to cost
 * nothing where the cache is too small for all of them, and still admitting first those that are wanted most.
 */
const admitOneIn = 8;
/**
 * A block of which this much was read at once costs hardly more to read again than to find, so it is not noted as
 * missed.
 */
const allBytes = blockBytes / 2;
/**
 * Blocks that are allocated together, as parts of one array: a reader that goes from block to block, as the reader of
 * one stream among many does at each event, then finds array, view and buffer in the CPU cache, and only the bytes are
 * not there.
 */
const maxBlocksPerSlab = 256;
/** Blocks in the first slab; each further slab doubles the total, so that a small store takes little. */
const minBlocksPerSlab = 4;

export class BlockCache {
  private readonly pool: FilePool;
  private readonly capacity: number;
  private readonly ring: Block[] = [];
  private hand = 0;
  /** An empty block, which is used next: there was nothing to read into it, or its reader moved on. */
  private spare: Block | undefined;
  /** The array that the next blocks are parts of. */
  private slab = new Block(new Uint8Array(0));
  private slabUsed = 0;
  /**
   * State of a pseudo-random generator: which blocks are admitted must not follow a reading pattern, but may be the
   * same in each run.
   */
  private dice = 0x9e37_79b9;

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
    // A reader that crosses blocks goes on reading after them.
    const direction = file.directionAt(index, 0);
    return this.takeKept(file, index) ?? this.takePassing(file, index, direction);
  }

  /**
   * The same for a caller that needs only the bytes from `inBlock` to `neededBytes` and can read them with `readPast`:
   * undefined when the block is not cached and not worth caching.
   */
  lookUp(file: CachedFile, index: number, inBlock: number, neededBytes: number): Block | undefined {
    const cached = file.blocks[index];
    if (cached === undefined) return this.lookUpMissing(file, index, inBlock);
    if (!cached.isReferenced) cached.isReferenced = true;
    if (cached.length < neededBytes) this.fill(cached, file, index);
    return cached;
  }

  /** Reads `length` bytes of the file, or as many as there are, into `target` and into no block; returns how many. */
  readPast(file: CachedFile, target: Uint8Array, length: number, position: number): number {
    const count = this.readFile(file, target, 0, length, position);
    if (count > 0) file.noteMissed(Math.floor(position / blockBytes));
    return count;
  }

  /** Forgets what is cached of a file, because its bytes may have been replaced. */
  forget(file: CachedFile): void {
    for (const block of file.blocks) if (block !== undefined) this.release(block);
    file.blocks.length = 0;
    this.pool.close(file.path);
  }

  /** Releases the memory; files can be read as before. */
  clear(): void {
    for (const block of this.ring) this.release(block);
    this.ring.length = 0;
    this.hand = 0;
    this.spare = undefined;
    this.slab = new Block(new Uint8Array(0));
    this.slabUsed = 0;
  }

  /** Forgets the blocks of a file from this index on. */
  forgetFrom(file: CachedFile, index: number): void {
    for (const block of file.blocks.slice(index)) if (block !== undefined) this.release(block);
    file.blocks.length = Math.min(file.blocks.length, index);
    this.pool.close(file.path);
  }

  private lookUpMissing(file: CachedFile, index: number, inBlock: number): Block | undefined {
    const direction = file.directionAt(index, inBlock);
    const kept = this.takeKept(file, index);
    return kept !== undefined || direction === 0 ? kept : this.takePassing(file, index, direction);
  }

  /** Takes a block that is missed again, if there is room, or sometimes instead of one that was not used meanwhile. */
  private takeKept(file: CachedFile, index: number): Block | undefined {
    if (!file.wasMissed(index) || !(this.hasRoom || this.isAdmitted())) return undefined;
    const block = this.turnHand();
    return block === undefined ? undefined : this.take(block, file, index);
  }

  /** Takes a block for a sequential reader, and frees the last but one, which that reader has left. */
  private takePassing(file: CachedFile, index: number, direction: -1 | 0 | 1): Block {
    const block = this.take(this.freeBlock(), file, index);
    if (direction === 0 || block.length === 0) return block;
    block.isPassing = true;
    // Not the last one: a frame may span both.
    const left = file.blocks[index - 2 * direction];
    if (left?.isPassing === true) {
      this.release(left);
      this.spare = left;
    }
    return block;
  }

  private take(block: Block, file: CachedFile, index: number): Block {
    // Entered only when it has bytes: a damaged entry of an index can lead anywhere, and must not make the list that long.
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

  private fill(block: Block, file: CachedFile, index: number): void {
    const { bytes, start, length } = block;
    block.isChecked = false;
    block.length += this.readFile(file, bytes, start + length, blockBytes - length, index * blockBytes + length);
  }

  private readFile(file: CachedFile, target: Uint8Array, offset: number, length: number, position: number): number {
    try {
      return readFully(file.handle ?? this.pool.open(file.path), target, offset, length, position);
    } catch (error) {
      throw unavailable(file.path, error);
    }
  }

  /** A block for a sequential reader. */
  private freeBlock(): Block {
    let block = this.turnHand();
    while (block === undefined) block = this.turnHand();
    return block;
  }

  private get hasRoom(): boolean {
    return this.ring.length < this.capacity;
  }

  /** Each admission moves the clock hand at most one step, so blocks that are used now and then survive. */
  private isAdmitted(): boolean {
    this.dice ^= this.dice << 13;
    this.dice ^= this.dice >>> 17;
    this.dice ^= this.dice << 5;
    return (this.dice >>> 0) % admitOneIn === 0;
  }

  /**
   * A new block while there is room; then the one that the hand comes to, unless it was used since the hand's last
   * visit.
   */
  private turnHand(): Block | undefined {
    if (this.spare !== undefined) return this.spare;
    if (this.hasRoom) {
      const block = this.allocate();
      this.ring.push(block);
      return block;
    }
    this.hand = (this.hand + 1) % this.ring.length;
    const candidate = this.ring[this.hand]!;
    if (candidate.isReferenced) {
      candidate.isReferenced = false;
      return undefined;
    }
    this.release(candidate);
    return candidate;
  }

  private allocate(): Block {
    if (this.slabUsed === this.slab.bytes.length) {
      const { length } = this.ring;
      const blocks = Math.min(Math.max(minBlocksPerSlab, length), maxBlocksPerSlab, this.capacity - length);
      // The operating system commits the memory page by page, when a block is filled.
      this.slab = new Block(Buffer.allocUnsafeSlow(blocks * blockBytes));
      this.slabUsed = 0;
    }
    const { bytes, view } = this.slab;
    const block = new Block(bytes, view, this.slabUsed);
    this.slabUsed += blockBytes;
    return block;
  }

  private release(block: Block): void {
    const { owner, index } = block;
    if (owner !== undefined) {
      owner.blocks[index] = undefined;
      if (block.usedBytes < allBytes) owner.noteMissed(index);
    }
    block.owner = undefined;
    block.length = 0;
    block.isPassing = false;
    block.usedBytes = 0;
    block.generation++;
    block.isReferenced = false;
  }
}
