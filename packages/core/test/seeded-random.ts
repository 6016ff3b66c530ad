/**
 * Random numbers for tests, from a seed that the test's title shows: `VARVE_SEED=<seed>` repeats the run.
 */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** An integer of 0 or more, less than `limit` (at most 2^53). */
  below(limit: number): number {
    return Math.floor(((this.next() * 0x20_0000 + (this.next() >>> 11)) / 2 ** 53) * limit);
  }

  /** An integer with a random number of bits, up to `bits` of them: small numbers come as often as large ones. */
  ofBits(bits: number): number {
    return this.below(2 ** this.below(bits + 1));
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.below(choices.length)]!;
  }

  /** A copy of `bytes` with up to four bytes changed, or cut short, or with random bytes behind it. */
  mutate(bytes: Uint8Array): Buffer {
    const copy = Buffer.from(bytes);
    const way = this.below(6);
    if (way === 0) return copy.subarray(0, this.below(copy.length + 1));
    if (way === 1) return Buffer.concat([copy, this.bytes(this.below(64))]);
    for (let left = 1 + this.below(4); left > 0 && copy.length > 0; left--) {
      copy[this.below(copy.length)] = this.pick([0, 1, 0x7f, 0x80, 0xff, this.below(256)]);
    }
    return copy;
  }

  /** 32 bits: the generator known as mulberry32. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/** The seed of this run: from the environment, or a new one. */
export const testSeed = Number(process.env.VARVE_SEED ?? Math.floor(Math.random() * 2 ** 32));
