/**
 * A file that is read through the block cache: its cached blocks, and what is known of how it is read, namely which blocks
 * were missed before and where sequential readers continue.
 */
import type { FileHandle } from '../file-system/file-system.ts';
import { viewOf } from '../format/checksum.ts';

/** 16 KiB: a sequential scan takes one call for a hundred events. */
export const blockBytes = 16_384;

/** A miss this close to where a reader was expected to continue counts as sequential reading. */
const nearBytes = 4096;
/** Initial size of the bit set in bytes: enough for 8 MiB of the file. */
const minNote = 64;
/** Number of readers that can go through a file alternately while each is seen to continue where it was. */
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
  /** Whether it is cached only for a sequential reader, and is freed as soon as that reader is two blocks further. */
  isPassing = false;
  /** While `isPassing`: bytes of it that were read, as frames or as parts of frames that span blocks. */
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
  /** Its own open file, for a file that must stay readable after its name was removed. */
  readonly handle: FileHandle | undefined;
  /** Where the next miss is expected, for each reader that had one. */
  private readonly places: number[] = [];
  private nextPlace = 0;
  /** A bit for each block of which a part was wanted while it was missing. */
  private missed = new Uint8Array(0);

  constructor(path: string, handle?: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Whether a part of the block was missed before. */
  wasMissed(index: number): boolean {
    return (this.missed[index >> 3]! & (1 << (index & 7))) !== 0;
  }

  /** Notes that a part of the block was missed; the file must have the block, because the bits reach that far. */
  noteMissed(index: number): void {
    const at = index >> 3;
    if (at >= this.missed.length) {
      const longer = new Uint8Array(Math.max(2 * at, minNote));
      longer.set(this.missed);
      this.missed = longer;
    }
    this.missed[at]! |= 1 << (index & 7);
  }

  /**
   * Notes a miss at byte `inBlock` of a block, and returns whether a sequential reader is there, who will want the rest
   * of the block too: 1 for a forward reader, -1 for a backward one, 0 for none.
   */
  directionAt(index: number, inBlock: number): -1 | 0 | 1 {
    const { places } = this;
    const byte = index * blockBytes + inBlock;
    for (let place = 0; place < places.length; place++) {
      const distance = byte - places[place]!;
      if (distance > nearBytes || distance < -nearBytes) continue;
      // The next miss is after the block, or before it for a backward reader.
      places[place] = (distance < 0 ? index : index + 1) * blockBytes;
      return distance < 0 ? -1 : 1;
    }
    // More often than not, a file is read from its beginning.
    const isFirst = index === 0;
    places[this.nextPlace] = isFirst || inBlock === 0 ? (index + 1) * blockBytes : byte;
    this.nextPlace = (this.nextPlace + 1) % placesPerFile;
    return isFirst ? 1 : 0;
  }
}
