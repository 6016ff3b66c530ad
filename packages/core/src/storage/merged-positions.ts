/**
 * Several ascending sequences as one ascending sequence, merged as it is read. Any place can be reached without merging
 * up to it: by selection where the parts have no position in common, else from marks that were taken when the positions
 * were counted.
 */
import { PositionMerge } from './position-merge.ts';
import { forReader, noPositions, type PositionSequence } from './position-sequence.ts';

/** Positions between two marks. */
const markDistance = 1024;

/** The union of `parts`. `areDisjoint` promises that no position is in two of them. */
export function mergePositions(parts: readonly PositionSequence[], areDisjoint: boolean): PositionSequence {
  const used = parts.filter((part) => part.length > 0);
  if (used.length === 0) return noPositions;
  if (used.length === 1) return used[0]!;
  if (areDisjoint) return new DisjointPositions(used);
  return new OverlappingPositions(used, takeMarks(used));
}

abstract class MergedPositions implements PositionSequence {
  abstract readonly length: number;
  protected readonly parts: readonly PositionSequence[];
  private merge: PositionMerge | undefined;
  private step: 1 | -1 = 1;
  /** Index of the position that the merge returns next. */
  private nextIndex = 0;
  private lastIndex = -1;
  private lastPosition = 0;

  constructor(parts: readonly PositionSequence[]) {
    this.parts = parts.map(forReader);
  }

  at(index: number): number {
    if (index === this.lastIndex) return this.lastPosition;
    if (this.merge === undefined || index !== this.nextIndex) this.seek(index);
    this.lastPosition = this.merge!.take();
    this.lastIndex = index;
    this.nextIndex = index + this.step;
    return this.lastPosition;
  }

  abstract fork(): PositionSequence;

  /** For each part, how many of its positions lie before the position with this index. */
  protected abstract startsOf(index: number): ArrayLike<number>;

  /** Continues from `index`, in the direction in which the caller seems to be going. */
  private seek(index: number): void {
    const isBackwards = index === this.lastIndex - 1 || (this.merge === undefined && index === this.length - 1);
    this.step = isBackwards ? -1 : 1;
    // A backward merge begins with what lies before its start, so the position with this index must be among that.
    this.merge = new PositionMerge(this.parts, this.startsOf(isBackwards ? index + 1 : index), this.step);
  }
}

class DisjointPositions extends MergedPositions {
  readonly length: number;

  constructor(parts: readonly PositionSequence[]) {
    super(parts);
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
  }

  fork(): PositionSequence {
    return new DisjointPositions(this.parts);
  }

  protected startsOf(index: number): ArrayLike<number> {
    const { parts } = this;
    if (index >= this.length) return parts.map((part) => part.length);
    let low = 0;
    let high = parts.reduce((most, part) => Math.max(most, part.at(part.length - 1)), 0);
    // Finds the largest position with at most `index` positions at or before it. Each step narrows the range in each
    // part.
    let starts = new Float64Array(parts.length);
    if (index === 0) return starts;
    let ends = Float64Array.from(parts, (part) => part.length);
    while (low < high) {
      const middle = Math.floor((low + high + 1) / 2);
      const counts = new Float64Array(parts.length);
      let sum = 0;
      for (const [part, sequence] of parts.entries()) {
        const count = countUpTo(sequence, middle, starts[part]!, ends[part]!);
        counts[part] = count;
        sum += count;
      }
      if (sum <= index) {
        low = middle;
        starts = counts;
        if (sum === index) break;
      } else {
        high = middle - 1;
        ends = counts;
      }
    }
    return starts;
  }
}

class OverlappingPositions extends MergedPositions {
  readonly length: number;
  private readonly marks: Marks;

  constructor(parts: readonly PositionSequence[], marks: Marks) {
    super(parts);
    this.marks = marks;
    this.length = marks.count;
  }

  fork(): PositionSequence {
    return new OverlappingPositions(this.parts, this.marks);
  }

  protected startsOf(index: number): ArrayLike<number> {
    const { parts, marks } = this;
    if (index >= this.length) return parts.map((part) => part.length);
    const mark = Math.floor(index / markDistance);
    const start = this.countsBefore(marks.positions[mark]!);
    const merge = new PositionMerge(parts, start, 1);
    let position = merge.take();
    for (let number = mark * markDistance; number < index; number++) position = merge.take();
    return this.countsBefore(position);
  }

  private countsBefore(position: number): number[] {
    return this.parts.map((part) => countUpTo(part, position - 1, 0, part.length));
  }
}

/** The number of positions, and every `markDistance`-th of them. */
interface Marks {
  readonly count: number;
  readonly positions: readonly number[];
}

function takeMarks(parts: readonly PositionSequence[]): Marks {
  const readers = parts.map(forReader);
  const merge = new PositionMerge(readers, new Float64Array(readers.length), 1);
  const positions: number[] = [];
  let count = 0;
  for (let position = merge.take(); position > 0; position = merge.take()) {
    if (count % markDistance === 0) positions.push(position);
    count++;
  }
  return { count, positions };
}

/** Number of positions of an ascending sequence at or before `limit`, known to be between `low` and `high`. */
function countUpTo(sequence: PositionSequence, limit: number, low: number, high: number): number {
  let [least, most] = [low, high];
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (sequence.at(middle) <= limit) least = middle + 1;
    else most = middle;
  }
  return least;
}
