/**
 * Finds a hash in an ascending list of hashes of 32 bits. A small table says where the hashes with the same upper bits
 * begin, so that a look into a million hashes goes to two places in memory, and not to twenty.
 */
import { lowerBound } from './ascending.ts';

/** Hashes with the same upper bits, on average: what fits one line of the processor's cache. */
const hashesPerEntry = 16;

export class HashDirectory {
  private readonly hashes: Uint32Array;
  /** Hashes, of those that there may be, that have the same upper bits. */
  private readonly width: number;
  /** Place of the first hash with these upper bits, or larger ones; one entry more at the end. */
  private readonly starts: Uint32Array;

  constructor(hashes: Uint32Array) {
    this.hashes = hashes;
    const upperBits = Math.min(31, Math.max(1, Math.ceil(Math.log2((hashes.length + 1) / hashesPerEntry))));
    this.width = 2 ** (32 - upperBits);
    this.starts = new Uint32Array(2 ** upperBits + 1);
    let entry = 0;
    for (let place = 0; place < hashes.length; place++) {
      const upper = Math.floor(hashes[place]! / this.width);
      while (entry <= upper) this.starts[entry++] = place;
    }
    this.starts.fill(hashes.length, entry);
  }

  /** Place of the first hash that is not below this one. */
  find(hash: number): number {
    const entry = Math.floor(hash / this.width);
    return lowerBound(this.hashes, hash, this.starts[entry], this.starts[entry + 1]);
  }
}
