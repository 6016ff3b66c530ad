/**
 * Walks over ascending positions without visiting each: what lies between two positions of interest is skipped by
 * binary search. A walk only goes forwards.
 */
import type { PositionSequence } from '../storage/position-sequence.ts';

export interface PositionWalk {
  /** The first position that is `least` or more; Infinity after the last one. `least` must not decrease. */
  seek(least: number): number;
}

export const emptyWalk: PositionWalk = { seek: () => Infinity };

/** All positions up to `last`. */
export function walkAll(last: number): PositionWalk {
  return { seek: (least) => (least <= last ? least : Infinity) };
}

/** The positions of an ascending list. */
export class ListWalk implements PositionWalk {
  private readonly list: PositionSequence;
  private index = 0;

  constructor(list: PositionSequence) {
    this.list = list;
  }

  seek(least: number): number {
    const { list } = this;
    // Doubling steps: near positions are found at once, far ones in few steps.
    let low = this.index;
    let step = 1;
    while (low + step < list.length && list.at(low + step) < least) {
      low += step;
      step *= 2;
    }
    let high = Math.min(list.length, low + step);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (list.at(middle) < least) low = middle + 1;
      else high = middle;
    }
    this.index = low;
    return low < list.length ? list.at(low) : Infinity;
  }
}

/** The positions that are in one of the walks. */
export function walkUnion(walks: readonly PositionWalk[]): PositionWalk {
  if (walks.length === 1) return walks[0]!;
  const heads = walks.map(() => 0);
  return {
    seek: (least) => {
      let lowest = Infinity;
      for (const [index, walk] of walks.entries()) {
        if (heads[index]! < least) heads[index] = walk.seek(least);
        if (heads[index]! < lowest) lowest = heads[index]!;
      }
      return lowest;
    },
  };
}

/** The positions that are in all of the walks. */
export function walkIntersection(walks: readonly PositionWalk[]): PositionWalk {
  if (walks.length === 1) return walks[0]!;
  return {
    seek: (least) => {
      let candidate = least;
      for (let agreeing = 0, index = 0; agreeing < walks.length; index = (index + 1) % walks.length) {
        const found = walks[index]!.seek(candidate);
        if (found === Infinity) return Infinity;
        agreeing = found === candidate ? agreeing + 1 : 1;
        candidate = found;
      }
      return candidate;
    },
  };
}
