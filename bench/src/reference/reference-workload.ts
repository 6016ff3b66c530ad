/**
 * What every contender is given: the same commits in the same order, and what a reader of them must come back with.
 * Each process computes its own copy from the shape alone, so a driver needs no input but a few numbers.
 */
import { createOrder, type Order } from './order.ts';
import { Tally } from './tally.ts';

export interface WorkloadShape {
  readonly eventCount: number;
  readonly streamCount: number;
  readonly eventsPerCommit: number;
  readonly commitsPerTick: number;
}

export interface ReferenceCommit {
  readonly stream: string;
  readonly orders: readonly Order[];
}

/** Positions are 1-based, as in the store: the order at position 1 is the first one committed. */
export class ReferenceWorkload {
  readonly shape: WorkloadShape;
  readonly streams: readonly string[];

  constructor(shape: WorkloadShape) {
    this.shape = shape;
    this.streams = Array.from(
      { length: shape.streamCount },
      (_, index) => `customer-${String(index).padStart(6, '0')}`,
    );
  }

  orderAt(position: number): Order {
    return createOrder(position);
  }

  streamIndexAt(position: number): number {
    const commit = Math.floor((position - 1) / this.shape.eventsPerCommit);
    return streamIndexOf(commit, this.shape.streamCount);
  }

  /**
   * The commits, grouped by the turn of the event loop in which they are made. The orders went through JSON once, like
   * an event that came over a wire: otherwise the first contender to touch a string would pay for building it.
   */
  ticks(eventCount: number = this.shape.eventCount): ReferenceCommit[][] {
    const { eventsPerCommit, commitsPerTick } = this.shape;
    const ticks: ReferenceCommit[][] = [];
    let tick: ReferenceCommit[] = [];
    for (let position = 1; position <= eventCount; position += eventsPerCommit) {
      const orders: Order[] = [];
      for (let offset = 0; offset < eventsPerCommit && position + offset <= eventCount; offset++) {
        orders.push(JSON.parse(JSON.stringify(this.orderAt(position + offset))) as Order);
      }
      tick.push({ stream: this.streams[this.streamIndexAt(position)]!, orders });
      if (tick.length === commitsPerTick) {
        ticks.push(tick);
        tick = [];
      }
    }
    if (tick.length > 0) ticks.push(tick);
    return ticks;
  }

  /** What a reader of everything in global order finds. */
  expectedOfAll(): Tally {
    const tally = new Tally();
    for (let position = 1; position <= this.shape.eventCount; position++) tally.add(this.orderAt(position));
    return tally;
  }

  /** What a reader of one stream after the other finds. */
  expectedOfEachStream(): Tally {
    const perStream = this.streams.map(() => new Tally());
    for (let position = 1; position <= this.shape.eventCount; position++) {
      perStream[this.streamIndexAt(position)]!.add(this.orderAt(position));
    }
    const tally = new Tally();
    for (const stream of perStream) tally.merge(stream);
    return tally;
  }

  expectedOf(positions: readonly number[]): Tally {
    const tally = new Tally();
    for (const position of positions) tally.add(this.orderAt(position));
    return tally;
  }

  /** Positions without a pattern that a cache or a read-ahead could follow; the same ones in every process. */
  randomPositions(count: number): number[] {
    let state = 0x2545f491;
    return Array.from({ length: count }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return 1 + ((state >>> 0) % this.shape.eventCount);
    });
  }
}

/** Streams take turns without a fixed rhythm (Fibonacci hashing), as the commits of many customers do. */
function streamIndexOf(commit: number, streamCount: number): number {
  const spread = Math.imul(commit + 1, 0x9e3779b1) >>> 0;
  return (((spread >>> 7) ^ spread) >>> 0) % streamCount;
}
