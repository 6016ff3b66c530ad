/**
 * A file that is read through the block cache, with those of its blocks that are there, and what is known of how it is read:
 * which blocks were wanted before, and where somebody reads on.
 */
import type { FileHandle } from '../file-system/file-system.ts';
import { viewOf } from '../format/checksum.ts';

/** 16 KiB: a sequential scan takes one call for a hundred events. */
export const blockBytes = 16_384;

/** Whoever wants something so close to what was missing before reads on there. */
const nearBytes = 4096;
/** Bytes of bits to begin with: for 8 MiB. */
const smallestNote = 64;
/** As many readers may go through a file by turns, and each is seen to go on where it was. */
const placesPerFile = 4;

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
  /** Whether it is here only for somebody who reads on, and goes as soon as that one is two blocks further. */
  isPassing = false;
  /** While it is: bytes of it that were read, as a frame or for one that lies across blocks. */
  usedBytes = 0;

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
  /** A bit for each block of which somebody wanted a part that was not there. */
  private missed = new Uint8Array(0);

  constructor(path: string, handle?: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Whether somebody wanted a part of the block before. */
  wasMissed(index: number): boolean {
    return (this.missed[index >> 3]! & (1 << (index & 7))) !== 0;
  }

  /** Notes that somebody wanted a part of the block; it must be there, because the bits reach that far. */
  noteMissed(index: number): void {
    const at = index >> 3;
    if (at >= this.missed.length) {
      const longer = new Uint8Array(Math.max(2 * at, smallestNote));
      longer.set(this.missed);
      this.missed = longer;
    }
    this.missed[at]! |= 1 << (index & 7);
  }

  /**
   * Notes that something is missing at byte `inBlock` of a block, and says whether somebody reads on there, who will want
   * the rest of the block too: 1 for who goes forward, -1 for who goes backwards, 0 for nobody.
   */
  directionAt(index: number, inBlock: number): -1 | 0 | 1 {
    const { places } = this;
    const byte = index * blockBytes + inBlock;
    for (let place = 0; place < places.length; place++) {
      const distance = byte - places[place]!;
      if (distance > nearBytes || distance < -nearBytes) continue;
      // The next one lies behind the block, or before it for who reads backwards.
      places[place] = (distance < 0 ? index : index + 1) * blockBytes;
      return distance < 0 ? -1 : 1;
    }
    // A file is read from its beginning, more often than not.
    const isFirst = index === 0;
    places[this.nextPlace] = isFirst || inBlock === 0 ? (index + 1) * blockBytes : byte;
    this.nextPlace = (this.nextPlace + 1) % placesPerFile;
    return isFirst ? 1 : 0;
  }
}
