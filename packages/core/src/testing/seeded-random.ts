/**
 * Numbers that look random and are the same for the same seed: a failing run is repeated by passing the seed that it
 * printed. Also the source of random ids of a store under test.
 */
import type { RandomSource } from '../clock/random.ts';

export class SeededRandom implements RandomSource {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 to below 1. */
  next(): number {
    // Mulberry32: 32 bits of state, every seed of equal quality, and fast enough for millions of draws.
    this.state = (this.state + 0x6d2b_79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }

  hex(count: number): string {
    let digits = '';
    for (let index = 0; index < count; index++) digits += this.below(256).toString(16).padStart(2, '0');
    return digits;
  }
}
