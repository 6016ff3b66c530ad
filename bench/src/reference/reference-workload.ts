/**
 * The input of every contender: the same commits in the same order, and what a reader of them must find. Each process
 * computes its own copy from the shape alone, so a driver needs only a few numbers.
 */
import { createSizedOrder, type EventSize, isRare, type SizedOrder } from './order.ts';
import { Tally } from './tally.ts';

export interface WorkloadShape {
  readonly eventCount: number;
  readonly streamCount: number;
  readonly eventsPerCommit: number;
  readonly commitsPerTick: number;
  readonly eventSize: EventSize;
  /** Whether the store keeps a derived stream of one event in a hundred. */
  readonly derived: boolean;
}

/** Streams are named `<region>-<customer>`; each region is a category and has the same share of the streams. */
const REGIONS = 10;

/** With fewer events per stream than this, chance would leave streams empty, so the streams take turns. */
const FEW_EVENTS = 50;

/** Of more streams than this, a sample is read, spread over all of them. */
const STREAMS_READ_MAX = 2000;

/** The number of streams that are joined. */
const JOINED_STREAMS = 10;

export interface ReferenceCommit {
  readonly stream: string;
  readonly orders: readonly SizedOrder[];
}

/** Positions are 1-based, as in the store: the order at position 1 is the first one committed. */
export class ReferenceWorkload {
  readonly shape: WorkloadShape;
  readonly streams: readonly string[];

  constructor(shape: WorkloadShape) {
    this.shape = shape;
    this.streams = Array.from(
      { length: shape.streamCount },
      (_, index) => `region${index % REGIONS}-customer${String(index).padStart(7, '0')}`,
    );
  }

  /** The streams that are read one after the other: all of them, or a sample. */
  get streamsToRead(): readonly string[] {
    const step = Math.ceil(this.streams.length / STREAMS_READ_MAX);
    return this.streams.filter((_, index) => index % step === 0);
  }

  get joinedStreams(): readonly string[] {
    return this.streams.slice(0, JOINED_STREAMS);
  }

  /** The category that is read, and its streams: those of the first region. */
  readonly category = 'region0';

  get categoryStreams(): readonly string[] {
    return this.streams.filter((_, index) => index % REGIONS === 0);
  }

  orderAt(position: number): SizedOrder {
    return createSizedOrder(position, this.shape.eventSize);
  }

  streamIndexAt(position: number): number {
    const commit = Math.floor((position - 1) / this.shape.eventsPerCommit);
    const { eventCount, streamCount } = this.shape;
    return eventCount < FEW_EVENTS * streamCount ? commit % streamCount : streamIndexOf(commit, streamCount);
  }

  /**
   * The commits, grouped by the turn of the event loop in which they are made. Each order has been through JSON once,
   * like an event that came over the network: otherwise the first contender to touch a string would pay for building
   * it.
   */
  *ticks(eventCount: number = this.shape.eventCount): Generator<ReferenceCommit[]> {
    const { eventsPerCommit, commitsPerTick } = this.shape;
    let tick: ReferenceCommit[] = [];
    for (let position = 1; position <= eventCount; position += eventsPerCommit) {
      const orders: SizedOrder[] = [];
      for (let offset = 0; offset < eventsPerCommit && position + offset <= eventCount; offset++) {
        orders.push(JSON.parse(JSON.stringify(this.orderAt(position + offset))) as SizedOrder);
      }
      tick.push({ stream: this.streams[this.streamIndexAt(position)]!, orders });
      if (tick.length < commitsPerTick) continue;
      yield tick;
      tick = [];
    }
    if (tick.length > 0) yield tick;
  }

  /** What a reader of all events in global order must find. */
  expectedOfAll(): Tally {
    return this.expectedOf(this.#positions());
  }

  expectedBackward(): Tally {
    return this.expectedOf(this.#positions().toReversed());
  }

  /** What a reader of one stream after the other must find. */
  expectedOfEachStream(): Tally {
    const tallies = new Map(this.streamsToRead.map((stream) => [stream, new Tally()]));
    for (const position of this.#positions()) tallies.get(this.#streamAt(position))?.add(this.orderAt(position));
    const tally = new Tally();
    for (const stream of tallies.values()) tally.merge(stream);
    return tally;
  }

  /** What a reader of several streams in global order must find. */
  expectedOfStreams(streams: readonly string[]): Tally {
    const wanted = new Set(streams);
    return this.expectedOf(this.#positions().filter((position) => wanted.has(this.#streamAt(position))));
  }

  expectedOfDerived(): Tally {
    return this.expectedOf(this.#positions().filter((position) => isRare(this.orderAt(position))));
  }

  expectedOf(positions: readonly number[]): Tally {
    const tally = new Tally();
    for (const position of positions) tally.add(this.orderAt(position));
    return tally;
  }

  #positions(): number[] {
    return Array.from({ length: this.shape.eventCount }, (_, index) => index + 1);
  }

  #streamAt(position: number): string {
    return this.streams[this.streamIndexAt(position)]!;
  }

  /** Positions without a pattern that a cache or a read-ahead could exploit; the same ones in every process. */
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

/** Streams take turns in no fixed rhythm (Fibonacci hashing), like the commits of many customers. */
function streamIndexOf(commit: number, streamCount: number): number {
  const spread = Math.imul(commit + 1, 0x9e3779b1) >>> 0;
  return (((spread >>> 7) ^ spread) >>> 0) % streamCount;
}
