/**
 * A stream of events, fixed at the point where it was obtained: reading it again gives the same events, whatever is
 * committed meanwhile. Iterate it synchronously, asynchronously, or as a Node `Readable`. `from`, `until`, `first`,
 * `last`, `where`, `forwards` and `backwards` each return a new stream, and read nothing. Guide: docs/streams.md.
 */
import { Readable, type ReadableOptions } from 'node:stream';
import { inspect } from 'node:util';
import { VarveError } from '../errors.ts';
import type { Position, PositionInput, StreamVersion, StreamVersionInput } from '../position.ts';
import type { ObjectMatcher, ObjectMatcherOf } from '../matcher/matcher.ts';
import { checkOptions } from '../option-rules.ts';
import { toPosition, toStreamVersion } from '../position.ts';
import { shown } from '../shown.ts';
import type { EventMetadata } from '../storage/event-metadata.ts';
import type { StoredEvent } from '../storage/event-reader.ts';
import { noPositions, type PositionSequence, ReversedPositions } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { EventCursor, eventsPerTurn, type EventSelection, obtainedBeforeLoss } from './event-cursor.ts';
import { both, type EventMatcher, type EventPredicate, predicateOf } from './event-predicate.ts';
import { followEvents, type FollowOptions, followRules } from './follow-events.ts';
import { ndjsonOf, type NdjsonOptions, ndjsonRules } from './ndjson.ts';
import { type PickedEvents, pickEvents, type PickOrder } from './pick-events.ts';
import { checkCount, notAPosition, resolveVersion, type StreamRange } from './stream-range.ts';
import type { StreamSource } from './stream-source.ts';

/** What all streams narrowed from the same one have in common. */
interface StreamOrigin {
  readonly storage: ReadableStorage;
  readonly source: StreamSource;
  readonly name: string;
  /** End of the store when the stream was obtained, its epoch, and the stream's version. */
  readonly limit: number;
  readonly epoch: number;
  readonly version: number;
}

/** Which of the events are selected. */
interface Narrowing extends StreamRange {
  readonly predicate?: EventPredicate;
  readonly picked?: PickedEvents;
}

/**
 * Node's `Readable` without the members that a stream of events has in another form: Node's `forEach` is experimental
 * and passes no metadata, and its asynchronous iterator goes through a buffer that is not needed here.
 */
type ReadableBase = Omit<Readable, 'forEach' | typeof Symbol.asyncIterator>;
const ReadableBase: new (options: ReadableOptions) => ReadableBase = Readable;

/** Events in order, fixed when the stream was obtained; created by `getEventStream` and the like. Iterate it, or pipe it. */
export class EventStream<Payload = unknown> extends ReadableBase implements Iterable<Payload> {
  readonly name: string;
  /** Version of the stream when it was obtained: the one to expect in a commit. 0 when there is no such stream. */
  readonly version: StreamVersion;
  private readonly origin: StreamOrigin;
  private readonly narrowing: Narrowing;
  private knownPositions: PositionSequence | undefined;
  private pushCursor: EventCursor | undefined;

  /** @internal Streams come from a store. */
  constructor(origin: StreamOrigin, narrowing: Narrowing) {
    super({ objectMode: true, read: () => this.pushMore() });
    this.origin = origin;
    this.narrowing = narrowing;
    this.name = origin.name;
    this.version = toStreamVersion(origin.version);
  }

  /** Number of events in the range of this stream; those that `where` excludes are counted. */
  get length(): number {
    return this.positions.length;
  }

  /** All payloads, as an array. */
  get events(): Payload[] {
    return [...this];
  }

  /** Position of the event with this index in the range, from 0; undefined when there is none. */
  positionAt(index: number): Position | undefined {
    return index >= 0 && index < this.length ? toPosition(this.positions.at(index)) : undefined;
  }

  /** Only events from this version on. Negative: counted from the end, -1 being the last. */
  from(version: StreamVersionInput): EventStream<Payload> {
    const low = Math.max(this.narrowing.low, resolveVersion(this.origin, version));
    return this.narrowed({ low });
  }

  /** Only events up to this version, which is included. Negative: counted from the end, -1 being the last. */
  until(version: StreamVersionInput): EventStream<Payload> {
    const high = Math.min(this.narrowing.high, resolveVersion(this.origin, version));
    return this.narrowed({ high });
  }

  /** Only events from this position of the store on. */
  fromPosition(position: PositionInput): EventStream<Payload> {
    return this.from(this.versionAt(position - 1) + 1);
  }

  /** Only events up to this position of the store, which is included. */
  untilPosition(position: PositionInput): EventStream<Payload> {
    return this.until(this.versionAt(position));
  }

  /** Only the oldest `count` of the events, whatever the direction; after `where`, of those that match. */
  first(count: number): EventStream<Payload> {
    const { low, high } = this.narrowing;
    if (this.isSparse) return this.pick({ count: checkCount(this.name, count), from: 'start' });
    return this.narrowed({ high: Math.min(high, low + checkCount(this.name, count) - 1) });
  }

  /** Only the newest `count` of the events, whatever the direction; after `where`, of those that match. */
  last(count: number): EventStream<Payload> {
    const { low, high } = this.narrowing;
    if (this.isSparse) return this.pick({ count: checkCount(this.name, count), from: 'end' });
    return this.narrowed({ low: Math.max(low, high - checkCount(this.name, count) + 1) });
  }

  /** From the oldest to the newest. */
  forwards(): EventStream<Payload> {
    return this.narrowed({ isReversed: false });
  }

  /** From the newest to the oldest. */
  backwards(): EventStream<Payload> {
    return this.narrowed({ isReversed: true });
  }

  /** Only events that match: a function or the `test` of an object returns true, or an object matcher describes them. */
  where<Narrow extends Payload>(
    predicate: (payload: Payload, metadata: EventMetadata) => payload is Narrow,
  ): EventStream<Narrow>;
  where(matcher: EventPredicate<Payload> | EventMatcher<Payload> | ObjectMatcherOf<Payload>): EventStream<Payload>;
  where(matcher: EventPredicate<Payload> | EventMatcher<Payload> | object): EventStream<Payload> {
    const predicate = predicateOf(matcher as EventPredicate<Payload> | EventMatcher<Payload> | ObjectMatcher);
    return this.narrowed({ predicate: both(this.narrowing.predicate, predicate as EventPredicate) });
  }

  [Symbol.iterator](): Iterator<Payload, undefined> {
    const cursor = new EventCursor(this.selection);
    return {
      next: () =>
        cursor.advance()
          ? { done: false, value: cursor.reader.payload() as Payload }
          : { done: true, value: undefined },
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Payload, undefined> {
    const cursor = new EventCursor(this.selection);
    let untilTurn = eventsPerTurn;
    for (;;) {
      const found = cursor.tryAdvance(eventsPerTurn);
      if (found === 'end') return undefined;
      if (found === 'pause' || --untilTurn === 0) {
        untilTurn = eventsPerTurn;
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (found === 'event') yield cursor.reader.payload() as Payload;
    }
  }

  /** Calls back for each event, in order, with its payload, its metadata and the name of its write stream. */
  forEach(callback: (event: Payload, metadata: EventMetadata, stream: string) => void): void {
    for (const { payload, metadata, stream } of this.stored()) callback(payload, metadata, stream);
  }

  /** The events with their metadata and the names of their write streams. */
  *stored(): Generator<StoredEvent<Payload>, undefined> {
    const cursor = new EventCursor(this.selection);
    const { reader } = cursor;
    while (cursor.advance()) {
      yield { stream: reader.stream(), payload: reader.payload() as Payload, metadata: reader.metadata() };
    }
    return undefined;
  }

  /** The events as lines of JSON: a `Readable` of bytes, for a file or socket. */
  toNdjson(options: NdjsonOptions = {}): Readable {
    checkOptions(options, ndjsonRules);
    return ndjsonOf(this.selection, options);
  }

  /**
   * The events from the start of the range on, and then new ones as they come, until `signal` aborts or the store
   * closes. Delivers only what other processes can see too. Ends with the error `DIVERGED` when the store was cut back
   * to before what was delivered. Throws `INVALID_CURSOR` when the range has an end of its own or runs backwards.
   */
  follow(options: FollowOptions = {}): AsyncGenerator<StoredEvent<Payload>, undefined> {
    checkOptions(options, followRules);
    const { low, high, isReversed, picked, predicate } = this.narrowing;
    const { storage, source, name, version } = this.origin;
    if (isReversed || picked !== undefined || high < version) throw cannotFollow(name);
    storage.assertOpen();
    return followEvents({ storage, name, source, from: low, predicate }, options.signal);
  }

  /** The few facts that JSON and `console.log` show; its events are in `events`. */
  toJSON(): object {
    return { name: this.name, version: this.version };
  }

  [inspect.custom](): string {
    return shown(this);
  }

  /** Positions of the range, in its order. */
  private get positions(): PositionSequence {
    this.origin.storage.assertOpen();
    this.knownPositions ??= this.findPositions(this.narrowing.isReversed);
    return this.knownPositions;
  }

  private get selection(): EventSelection {
    return this.selectionOf(this.positions);
  }

  /** Whether versions alone do not show which events are the first and last ones. */
  private get isSparse(): boolean {
    return this.narrowing.predicate !== undefined || this.narrowing.picked !== undefined;
  }

  private selectionOf(positions: PositionSequence): EventSelection {
    const { storage, epoch } = this.origin;
    return { storage, positions, predicate: this.narrowing.predicate, epoch };
  }

  /** Throws `DIVERGED` when the source does not have as many events any more: what lies there now is of others. */
  private assertNotCutBack(high: number): void {
    const { storage, source, limit, epoch } = this.origin;
    if (storage.epoch === epoch) return;
    const visible = Math.min(limit, storage.visiblePosition);
    if (source.versionAt(visible) < high) throw obtainedBeforeLoss(storage.directory, visible + 1);
  }

  private findPositions(isReversed: boolean): PositionSequence {
    const { low, high, picked } = this.narrowing;
    if (high < low) return noPositions;
    this.assertNotCutBack(high);
    let positions = this.origin.source.positions(low, high, this.origin.limit);
    if (picked !== undefined) positions = picked(positions.at(0), positions.at(positions.length - 1));
    return isReversed ? new ReversedPositions(positions) : positions;
  }

  private narrowed(change: Partial<Narrowing>): EventStream<Payload> {
    return new EventStream<Payload>(this.origin, { ...this.narrowing, ...change });
  }

  private pick(order: PickOrder): EventStream<Payload> {
    const { low, high, isReversed } = this.narrowing;
    const picked = pickEvents(() => this.selectionOf(this.findPositions(false)), order);
    return new EventStream<Payload>(this.origin, { low, high, isReversed, picked });
  }

  /** Number of events at or before a position, which may lie before the first one or after the last. */
  private versionAt(position: number): number {
    const { source, limit, name } = this.origin;
    if (!Number.isSafeInteger(position)) throw notAPosition(name, position);
    return source.versionAt(Math.min(limit, Math.max(0, position)));
  }

  private pushMore(): void {
    try {
      const cursor = (this.pushCursor ??= new EventCursor(this.selection));
      for (;;) {
        const found = cursor.tryAdvance(eventsPerTurn);
        if (found === 'event') {
          if (!this.push(cursor.reader.payload())) return;
        } else if (found === 'end') {
          this.push(null);
          return;
        } else {
          setImmediate(() => this.destroyed || this.pushMore());
          return;
        }
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}

function cannotFollow(name: string): VarveError {
  return new VarveError('INVALID_CURSOR', `The range of the stream ${JSON.stringify(name)} has an end.`, {
    stream: name,
    expected: 'a range that is open to the end, forwards',
    hint: 'Follow a stream that was narrowed with from, last or where only.',
  });
}
