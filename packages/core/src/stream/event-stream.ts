/**
 * A stream of events, fixed at the point where it was obtained: reading it again gives the same events, whatever is
 * committed meanwhile. Iterate it synchronously, asynchronously, or as a Node `Readable`. `_all` is a stream like any
 * other, and history and live events come by this same path.
 */
import { Readable, type ReadableOptions } from 'node:stream';
import { VarveError } from '../errors.ts';
import { toPosition, type Position, type StreamVersion, toStreamVersion } from '../position.ts';
import { type EventMetadata, EventReader, type StoredEvent } from '../storage/event-reader.ts';
import {
  ConsecutivePositions,
  noPositions,
  type PositionSequence,
  ReversedPositions,
} from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';

/** The name of the stream of all events, in global order. */
export const allStream = '_all';

/** Events that asynchronous iteration reads before other work of the process gets a turn. */
const eventsPerTurn = 256;

/**
 * Node's `Readable`, less the members that a stream of events has in another form: its `forEach` is an experiment of
 * Node's that passes no metadata, and its asynchronous iterator goes through a buffer that is not needed here.
 */
type ReadableBase = Omit<Readable, 'forEach' | typeof Symbol.asyncIterator>;
const ReadableBase: new (options: ReadableOptions) => ReadableBase = Readable;

export class EventStream<Payload = unknown> extends ReadableBase implements Iterable<Payload> {
  readonly name: string;
  /** Version of the stream when it was obtained: the one to expect in a commit. 0 when there is no such stream. */
  readonly version: StreamVersion;
  private readonly storage: ReadableStorage;
  private readonly positions: PositionSequence;
  private pushed = 0;
  private pushReader: EventReader | undefined;

  /** @internal Streams come from `getEventStream`. */
  constructor(storage: ReadableStorage, name: string, version: number, positions: PositionSequence) {
    super({ objectMode: true, read: () => this.pushMore() });
    this.storage = storage;
    this.name = name;
    this.version = toStreamVersion(version);
    this.positions = positions;
  }

  /** Number of events in the range of this stream. */
  get length(): number {
    return this.positions.length;
  }

  /** All payloads, as an array. */
  get events(): Payload[] {
    return [...this];
  }

  /** Positions of the first and last event, in the order of the range; undefined when there is none. */
  positionAt(index: number): Position | undefined {
    return index >= 0 && index < this.length ? toPosition(this.positions.at(index)) : undefined;
  }

  [Symbol.iterator](): Iterator<Payload, undefined> {
    this.storage.assertOpen();
    const { positions } = this;
    const reader = new EventReader(this.storage);
    let index = 0;
    return {
      next: () => {
        if (index >= positions.length) return { done: true, value: undefined };
        reader.seek(positions.at(index++));
        return { done: false, value: reader.payload() as Payload };
      },
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Payload, undefined> {
    let count = 0;
    for (const payload of this) {
      if (++count % eventsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      yield payload;
    }
    return undefined;
  }

  /** Calls back for each event, in order, with its payload, its metadata and the name of its write stream. */
  forEach(callback: (event: Payload, metadata: EventMetadata, stream: string) => void): void {
    for (const { payload, metadata, stream } of this.stored()) callback(payload, metadata, stream);
  }

  /** The events with their metadata. */
  *stored(): Generator<StoredEvent<Payload>, undefined> {
    this.storage.assertOpen();
    const reader = new EventReader(this.storage);
    for (let index = 0; index < this.positions.length; index++) {
      reader.seek(this.positions.at(index));
      yield { stream: reader.stream(), payload: reader.payload() as Payload, metadata: reader.metadata() };
    }
    return undefined;
  }

  private pushMore(): void {
    try {
      this.storage.assertOpen();
      const reader = (this.pushReader ??= new EventReader(this.storage));
      while (this.pushed < this.positions.length) {
        reader.seek(this.positions.at(this.pushed++));
        if (!this.push(reader.payload())) return;
      }
      this.push(null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}

/** The event stream of `name`, within versions that may be negative: -1 is the last, -2 the one before. */
export function openEventStream<Payload>(
  storage: ReadableStorage,
  name: string,
  minVersion: number,
  maxVersion: number,
): EventStream<Payload> {
  storage.assertOpen();
  const entry = name === allStream ? undefined : storage.streamNamed(name);
  const version = versionOf(storage, name, entry?.id);
  const from = Math.max(1, resolveVersion(name, version, minVersion));
  const to = resolveVersion(name, version, maxVersion);
  // Nothing lies before version 1, in either direction. And who asks for what comes behind the last event up to the
  // end, as a reader does that goes on where it was, asks for nothing yet: not for the last event in reverse.
  const isEmpty = to < 1 || (from > version && maxVersion < 0);
  const low = isEmpty ? 1 : Math.min(from, to);
  const high = isEmpty ? 0 : Math.min(version, Math.max(from, to));
  let positions: PositionSequence;
  if (high < low) positions = noPositions;
  else if (entry === undefined) positions = new ConsecutivePositions(low, high);
  else positions = storage.streamPositions(entry.id, low, high);
  return new EventStream<Payload>(storage, name, version, from > to ? new ReversedPositions(positions) : positions);
}

function versionOf(storage: ReadableStorage, name: string, id: number | undefined): number {
  if (name === allStream) return storage.visiblePosition;
  return id === undefined ? 0 : storage.streamVersionAt(id, storage.visiblePosition);
}

function resolveVersion(name: string, version: number, value: number): number {
  if (!Number.isSafeInteger(value)) {
    throw new VarveError('INVALID_CURSOR', `${String(value)} is not a version of the stream ${JSON.stringify(name)}.`, {
      stream: name,
      found: value,
      expected: 'an integer',
      hint: 'Versions are integers from 1; negative ones count from the end, -1 being the last.',
    });
  }
  return value < 0 ? version + 1 + value : value;
}
