/** What the threads of a check share: which positions they have seen, how far they are, and whether they must stop. */

/** Bits in a word of the map. */
const wordBits = 32;

/** Memory that threads share. */
export interface SharedMemory {
  /** The position before the first that has a bit. */
  readonly base: number;
  /** A bit for each position after `base`. */
  readonly seen: SharedArrayBuffer;
  /** Number of bytes that were read, as one 64-bit number. */
  readonly bytes: SharedArrayBuffer;
  /** Not 0 when the check must stop. */
  readonly stop: SharedArrayBuffer;
}

/** Memory for the positions after `base`, up to `last`. */
export function shareMemory(base: number, last: number): SharedMemory {
  return {
    base,
    seen: new SharedArrayBuffer(Math.ceil((last - base + 1) / wordBits) * Int32Array.BYTES_PER_ELEMENT),
    bytes: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT),
    stop: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  };
}

export class SharedProgress {
  private readonly base: number;
  private readonly seen: Int32Array;
  private readonly bytes: BigInt64Array;
  private readonly stop: Int32Array;

  constructor(memory: SharedMemory) {
    this.base = memory.base;
    this.seen = new Int32Array(memory.seen);
    this.bytes = new BigInt64Array(memory.bytes);
    this.stop = new Int32Array(memory.stop);
  }

  /** Notes that a frame has the position; false when another frame has it as well. */
  see(position: number): boolean {
    const number = position - this.base;
    const bit = 1 << (number % wordBits);
    return (Atomics.or(this.seen, Math.floor(number / wordBits), bit) & bit) === 0;
  }

  hasSeen(position: number): boolean {
    const number = position - this.base;
    return (Atomics.load(this.seen, Math.floor(number / wordBits)) & (1 << (number % wordBits))) !== 0;
  }

  /** Ranges of positions from `first` to `last` that no thread has seen, in order. */
  *missing(first: number, last: number): Generator<{ readonly from: number; readonly to: number }, undefined> {
    for (let position = first; position <= last; position++) {
      const number = position - this.base;
      if (number % wordBits === 0 && this.seen[number / wordBits] === -1) {
        position += wordBits - 1;
        continue;
      }
      if (this.hasSeen(position)) continue;
      const from = position;
      while (position < last && !this.hasSeen(position + 1)) position++;
      yield { from, to: position };
    }
    return undefined;
  }

  addBytes(count: number): void {
    Atomics.add(this.bytes, 0, BigInt(count));
  }

  get bytesDone(): number {
    return Number(Atomics.load(this.bytes, 0));
  }

  /** Asks all threads to stop. */
  cancel(): void {
    Atomics.store(this.stop, 0, 1);
  }

  get isCancelled(): boolean {
    return Atomics.load(this.stop, 0) !== 0;
  }
}
