/**
 * Positions in the order in which a stream delivers its events: computed or looked up one by one, never all at once.
 */
export interface PositionSequence {
  readonly length: number;
  /** The position with this index, from 0; the caller must stay within the length. */
  at(index: number): number;
  /**
   * The same positions for a separate reader; only where `at` remembers its place and two readers would disturb each
   * other.
   */
  fork?(): PositionSequence;
}

/** `positions` for one reader, who may request them in any order but is fastest one by one. */
export function forReader(positions: PositionSequence): PositionSequence {
  return positions.fork?.() ?? positions;
}

export const noPositions: PositionSequence = {
  length: 0,
  at() {
    throw new RangeError('There are no positions');
  },
};

/** All positions from the first to the last, both included. */
export class ConsecutivePositions implements PositionSequence {
  readonly length: number;
  private readonly first: number;

  constructor(first: number, last: number) {
    this.first = first;
    this.length = Math.max(0, last - first + 1);
  }

  at(index: number): number {
    return this.first + index;
  }
}

export class ReversedPositions implements PositionSequence {
  readonly length: number;
  private readonly forwards: PositionSequence;

  constructor(forwards: PositionSequence) {
    this.forwards = forwards;
    this.length = forwards.length;
  }

  at(index: number): number {
    return this.forwards.at(this.length - 1 - index);
  }

  fork(): PositionSequence {
    return new ReversedPositions(forReader(this.forwards));
  }
}

/** A part of a sequence: `length` positions from index `start` on. */
export class SlicedPositions implements PositionSequence {
  readonly length: number;
  private readonly whole: PositionSequence;
  private readonly start: number;

  constructor(whole: PositionSequence, start: number, length: number) {
    this.whole = whole;
    this.start = start;
    this.length = length;
  }

  at(index: number): number {
    return this.whole.at(this.start + index);
  }

  fork(): PositionSequence {
    return new SlicedPositions(forReader(this.whole), this.start, this.length);
  }
}

/** Several sequences, one after the other. */
export class ChainedPositions implements PositionSequence {
  readonly length: number;
  private readonly parts: readonly PositionSequence[];
  /** Index of the first position of each part. */
  private readonly starts: readonly number[];
  private part = 0;

  constructor(parts: readonly PositionSequence[]) {
    this.parts = parts;
    const starts: number[] = [];
    let length = 0;
    for (const part of parts) {
      starts.push(length);
      length += part.length;
    }
    this.starts = starts;
    this.length = length;
  }

  at(index: number): number {
    // Nearly always the part of the previous call, because streams are read in order.
    while (index < this.starts[this.part]!) this.part--;
    while (index >= (this.starts[this.part + 1] ?? this.length)) this.part++;
    return this.parts[this.part]!.at(index - this.starts[this.part]!);
  }
}

/** Positions that were collected in memory. */
export class ListedPositions implements PositionSequence {
  readonly length: number;
  private readonly list: ArrayLike<number>;

  constructor(list: ArrayLike<number>) {
    this.list = list;
    this.length = list.length;
  }

  at(index: number): number {
    return this.list[index]!;
  }
}
