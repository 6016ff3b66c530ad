/**
 * A bounded cache of file blocks, shared by all files of a store. Sequential scans, random reads and consumers of
 * different streams all read through it, so that a block is fetched once and memory has one bound. Who reads here and
 * there in a store that is larger than the cache reads past it (`lookUp`), and rarely takes a block's place.
 *
 * Files only grow, so a cached block stays true; a partial block is topped up when more of it is needed. A block that
 * is evicted gives its buffer to the next one and counts up its `generation`: whoever keeps a view into a block
 * across other reads must compare that number before using the view again.
 */
import type { FilePool } from '../file-system/file-pool.ts';
import { type FileHandle, readFully } from '../file-system/file-system.ts';
import { viewOf } from '../format/checksum.ts';
import { unavailable } from './store-description.ts';

/** 16 KiB: a sequential scan takes one call for a hundred events. */
export const blockBytes = 16_384;

/**
 * Of the blocks in which somebody wants something who was not near them before, one in so many is taken into the cache:
 * few enough to cost nothing where no block is wanted again, and still those first that are wanted most.
 */
const admitOneIn = 8;
/** Whoever wants something so close to what was missing before reads on there. */
const nearBytes = 4096;
/** As many readers may go through a file by turns, and each is seen to go on where it was. */
const placesPerFile = 4;

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
  /** Where the next missing byte is expected, for whoever read something that was missing. */
  private readonly places: number[] = [];
  private nextPlace = 0;

  constructor(path: string, handle?: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /**
   * Notes that something is missing at byte `inBlock` of a block, and says whether somebody reads on there, who will want
   * the rest of the block too.
   */
  goesOnAt(index: number, inBlock: number): boolean {
    const { places } = this;
    const byte = index * blockBytes + inBlock;
    for (let place = 0; place < places.length; place++) {
      const distance = byte - places[place]!;
      if (distance > nearBytes || distance < -nearBytes) continue;
      // The next one lies behind the block, or before it for who reads backwards.
      places[place] = (distance < 0 ? index : index + 1) * blockBytes;
      return true;
    }
    // A file is read from its beginning, more often than not.
    const isFirst = index === 0;
    places[this.nextPlace] = isFirst || inBlock === 0 ? (index + 1) * blockBytes : byte;
    this.nextPlace = (this.nextPlace + 1) % placesPerFile;
    return isFirst;
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
  /** Which blocks are taken must follow no pattern of reading; it may be the same in each run. */
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
    // Whoever reads across blocks reads on behind them.
    file.goesOnAt(index, 0);
    return this.take(this.freeBlock(), file, index);
  }

  /**
   * The same for somebody who needs only what lies from `inBlock` to `neededBytes`, and can read that by `readPast`:
   * undefined when the block is not there, and not worth to be.
   */
  lookUp(file: CachedFile, index: number, inBlock: number, neededBytes: number): Block | undefined {
    const cached = file.blocks[index];
    if (cached === undefined) return this.lookUpMissing(file, index, inBlock);
    if (!cached.isReferenced) cached.isReferenced = true;
    if (cached.length < neededBytes) this.fill(cached, file, index);
    return cached;
  }

  /** Reads `length` bytes of the file, or as many as there are, into `target` and into no block; says how many. */
  readPast(file: CachedFile, target: Uint8Array, length: number, position: number): number {
    return this.readFile(file, target, 0, length, position);
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
    this.hand = 0;
    this.spare = undefined;
    this.slab = new Block(new Uint8Array(0));
    this.slabUsed = 0;
  }

  /** The same for the blocks from this index on. */
  forgetFrom(file: CachedFile, index: number): void {
    for (const block of file.blocks.slice(index)) if (block !== undefined) this.release(block);
    file.blocks.length = Math.min(file.blocks.length, index);
    this.pool.close(file.path);
  }

  private lookUpMissing(file: CachedFile, index: number, inBlock: number): Block | undefined {
    const block = file.goesOnAt(index, inBlock) ? this.freeBlock() : this.admit();
    return block === undefined ? undefined : this.take(block, file, index);
  }

  private take(block: Block, file: CachedFile, index: number): Block {
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

  /** A block for somebody who goes on reading. */
  private freeBlock(): Block {
    let block = this.turnHand();
    while (block === undefined) block = this.turnHand();
    return block;
  }

  /**
   * Sometimes a block for somebody who may never come back. The hand moves once at most, so that it is long before it
   * comes to a block again: whatever is used at times meanwhile stays.
   */
  private admit(): Block | undefined {
    this.dice ^= this.dice << 13;
    this.dice ^= this.dice >>> 17;
    this.dice ^= this.dice << 5;
    return (this.dice >>> 0) % admitOneIn === 0 ? this.turnHand() : undefined;
  }

  /** A new block while there is room; then the one that the hand comes to, unless it was used since the last time. */
  private turnHand(): Block | undefined {
    if (this.spare !== undefined) return this.spare;
    if (this.ring.length < this.capacity) {
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
