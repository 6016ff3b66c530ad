/** Random numbers and bytes for tests, from a seed that the test's title shows; `VARVE_SEED=<seed>` repeats a run. */
import { SeededRandom } from '../src/testing/seeded-random.ts';

/** The same in each run unless the environment sets another one, so that a test fails because of a change and not by chance. */
export const testSeed = Number(process.env.VARVE_SEED ?? 1);

export class RandomBytes extends SeededRandom {
  /** An integer with a random number of bits, up to `bits`: small numbers are as frequent as large ones. */
  ofBits(bits: number): number {
    const fraction = (this.below(2 ** 21) * 2 ** 32 + this.below(2 ** 32)) / 2 ** 53;
    return Math.floor(fraction * 2 ** this.between(0, bits));
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** A copy of `bytes` with up to four bytes changed, or cut short, or with random bytes after it. */
  mutate(bytes: Uint8Array): Buffer {
    const copy = Buffer.from(bytes);
    const way = this.below(6);
    if (way === 0) return copy.subarray(0, this.below(copy.length + 1));
    if (way === 1) return Buffer.concat([copy, this.bytes(this.below(64))]);
    for (let left = this.between(1, 4); left > 0 && copy.length > 0; left--) {
      copy[this.below(copy.length)] = this.pick([0, 1, 0x7f, 0x80, 0xff, this.below(256)]);
    }
    return copy;
  }
}
