/**
 * The merge of several ascending sequences of positions, one step at a time, in either direction: a heap of the parts
 * by their next position. A position in several parts is returned once. Reads positions only, never an event.
 */
import type { PositionSequence } from './position-sequence.ts';

export class PositionMerge {
  private readonly parts: readonly PositionSequence[];
  private readonly step: 1 | -1;
  /** By part: the index of its next position. */
  private readonly next: Float64Array;
  /** By part: its next position, times the step, so that the smallest comes first in both directions. */
  private readonly keys: Float64Array;
  /** Parts that have a next position, as a binary heap by key. */
  private readonly heap: Uint32Array;
  private size = 0;
  private last = Number.NaN;

  /** Begins, forwards, with index `starts[p]` of each part p; backwards, with the one before it. */
  constructor(parts: readonly PositionSequence[], starts: ArrayLike<number>, step: 1 | -1) {
    this.parts = parts;
    this.step = step;
    this.next = new Float64Array(parts.length);
    this.keys = new Float64Array(parts.length);
    this.heap = new Uint32Array(parts.length);
    for (const [part, sequence] of parts.entries()) {
      const first = step === 1 ? starts[part]! : starts[part]! - 1;
      this.next[part] = first;
      if (first < 0 || first >= sequence.length) continue;
      this.keys[part] = sequence.at(first) * step;
      this.heap[this.size++] = part;
    }
    for (let slot = (this.size >>> 1) - 1; slot >= 0; slot--) this.sink(slot);
  }

  /** The next position; 0 when there is none left. */
  take(): number {
    while (this.size > 0) {
      const part = this.heap[0]!;
      const position = this.keys[part]! * this.step;
      this.moveOn(part);
      if (position !== this.last) {
        this.last = position;
        return position;
      }
    }
    return 0;
  }

  /** Advances the part at the top of the heap. */
  private moveOn(part: number): void {
    const number = (this.next[part]! += this.step);
    const sequence = this.parts[part]!;
    if (number >= 0 && number < sequence.length) {
      this.keys[part] = sequence.at(number) * this.step;
    } else {
      this.heap[0] = this.heap[--this.size]!;
    }
    this.sink(0);
  }

  private sink(from: number): void {
    const { heap, keys, size } = this;
    let slot = from;
    const part = heap[slot]!;
    const key = keys[part]!;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[heap[child + 1]!]! < keys[heap[child]!]!) child++;
      if (keys[heap[child]!]! >= key) break;
      heap[slot] = heap[child]!;
      slot = child;
    }
    heap[slot] = part;
  }
}
