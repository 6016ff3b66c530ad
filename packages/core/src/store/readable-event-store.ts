/**
 * The read interface of a store, the same for the writer's `EventStore` and for `ReadOnlyEventStore`.
 */
import {
  type Position,
  type PositionInput,
  type StreamVersion,
  type StreamVersionInput,
  toPosition,
  toStreamVersion,
} from '../position.ts';
import { afterOf, checkQuery, type EventQuery, type QueryOptions } from '../query/event-query.ts';
import { sourceOfQuery } from '../query/query-source.ts';
import { checkOptions } from '../option-rules.ts';
import type { StoredEvent } from '../storage/event-reader.ts';
import { existingStream, existingStreamNames } from '../storage/existing-streams.ts';
import type { StreamMetadata } from '../storage/readable-catalog.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { EventStream } from '../stream/event-stream.ts';
import { openEventStream, openStreamOf } from '../stream/open-event-stream.ts';
import { type FollowOptions, followRules } from '../stream/follow-events.ts';
import type { WaitOptions } from '../clock/wait-until.ts';
import { waitForPosition } from '../storage/wait-for-position.ts';
import { sourceOfCategory, sourceOfStreams } from '../stream/joined-source.ts';
import { checkNames } from '../stream/check-names.ts';
import { allStream } from '../stream/stream-source.ts';
import { ConsumableEventStore } from './consumable-event-store.ts';
import { passEvents } from './pass-events.ts';
import type { EventMap, ReadableEvent, UntypedEvents } from './event-types.ts';

/** Name of a query's stream in messages. */
const queryName = '_query';

/** What can be read from every store. */
export abstract class ReadableEventStore<Events extends EventMap<Events> = UntypedEvents>
  extends ConsumableEventStore<Events>
  implements AsyncDisposable
{
  private hasAnnounced = false;

  /** Position of the last event that can be read; 0 in an empty store. */
  get position(): Position {
    return toPosition(this.storage.visiblePosition);
  }

  /** Position of the first event that can be read: 1, unless events were dropped. */
  get firstPosition(): Position {
    this.storage.catalog.refresh();
    return toPosition(this.storage.segmentRecords.firstPosition);
  }

  /** The folder of this store's files. */
  get directory(): string {
    return this.storage.directory;
  }

  /**
   * The events of a stream, with versions from `minVersion` to `maxVersion`, both included. Negative versions count
   * from the end: -1 is the last. When `minVersion` is after `maxVersion`, the events come in reverse; but when
   * `minVersion` is after the last event and `maxVersion` counts from the end, there are none. A stream that does not
   * exist is empty, and has version 0.
   */
  getEventStream<Payload = ReadableEvent<Events>>(
    name: string,
    minVersion: StreamVersionInput = 1,
    maxVersion: StreamVersionInput = -1,
  ): EventStream<Payload> {
    return openEventStream<Payload>(this.storage, name, minVersion, maxVersion);
  }

  /**
   * The events of several streams, in the order in which they were committed. `name` is the name of the result only.
   * Versions are the numbers of the events in that order; `getEventStream` says how they are given.
   */
  getJoinedStream<Payload = ReadableEvent<Events>>(
    name: string,
    streams: readonly string[],
    minVersion: StreamVersionInput = 1,
    maxVersion: StreamVersionInput = -1,
  ): EventStream<Payload> {
    const source = sourceOfStreams(this.storage, checkNames(name, streams));
    return openStreamOf<Payload>(this.storage, name, source, minVersion, maxVersion);
  }

  /** The same as `getJoinedStream`. */
  fromStreams<Payload = ReadableEvent<Events>>(
    transientName: string,
    streams: readonly string[],
    minVersion: StreamVersionInput = 1,
    maxVersion: StreamVersionInput = -1,
  ): EventStream<Payload> {
    return this.getJoinedStream<Payload>(transientName, streams, minVersion, maxVersion);
  }

  /**
   * The events of all streams of a category, in the order in which they were committed: of the stream `category`
   * itself, and of those whose names continue with `-` or `/`, as `user-123` and `user/a3/123` do in `user`.
   */
  getEventStreamForCategory<Payload = ReadableEvent<Events>>(
    category: string,
    minVersion: StreamVersionInput = 1,
    maxVersion: StreamVersionInput = -1,
  ): EventStream<Payload> {
    const [name] = checkNames(category, [category]);
    const source = sourceOfCategory(this.storage, name!);
    return openStreamOf<Payload>(this.storage, category, source, minVersion, maxVersion);
  }

  /**
   * The events of a stream from version `from` on, and then new ones as they come, with their metadata, until `signal`
   * aborts or the store closes. The stream need not exist yet. Joins and categories: `EventStream.follow`.
   */
  follow<Payload = ReadableEvent<Events>>(
    streamName: string,
    options: FollowOptions & { readonly from?: StreamVersionInput } = {},
  ): AsyncGenerator<StoredEvent<Payload>, undefined> {
    const { from, ...others } = options;
    checkOptions(others, followRules);
    // Not a copy: an `AbortController` may be given, whose signal is no property of its own.
    const { signal } = options;
    return this.getEventStream<Payload>(streamName)
      .from(from ?? 1)
      .follow(signal === undefined ? {} : { signal });
  }

  /** All events of the store in global order: their versions in this stream are their positions. */
  getAllEvents<Payload = ReadableEvent<Events>>(
    minPosition: PositionInput = 1,
    maxPosition: PositionInput = -1,
  ): EventStream<Payload> {
    return openEventStream<Payload>(this.storage, allStream, minPosition, maxPosition);
  }

  /**
   * The events that match a query of types and tags, in global order. Found by the indexes alone: no other event is
   * read. Throws `INVALID_QUERY`, and `NOT_INDEXED` when the store keeps no index that the query needs.
   */
  query<Payload = ReadableEvent<Events>>(query: EventQuery, options: QueryOptions = {}): EventStream<Payload> {
    this.storage.assertOpen();
    const source = sourceOfQuery(this.storage, checkQuery(query), afterOf(options));
    return openStreamOf<Payload>(this.storage, queryName, source, 1, -1);
  }

  /** Number of events in the stream; 0 when it does not exist. */
  getStreamVersion(name: string): StreamVersion {
    const { storage } = this;
    storage.assertOpen();
    if (name === allStream) return toStreamVersion(storage.visiblePosition);
    const stream = storage.streamNamed(name);
    return toStreamVersion(stream === undefined ? 0 : storage.streamVersion(stream.id));
  }

  /** What `streamMetadata` returned for the new stream; undefined when it returned nothing or there is no such one. */
  getStreamMetadata(name: string): StreamMetadata | undefined {
    return existingStream(this.storage, name)?.metadata;
  }

  /** What `metadata` returned for the new partition; undefined when it returned nothing or there is no such one. */
  getPartitionMetadata(name: string): StreamMetadata | undefined {
    return this.storage.partitionNamed(name)?.metadata;
  }

  /**
   * Calls `hook` before each event that is read, in whatever stream, with its position and the metadata of the stream
   * it was committed to. When the hook throws, the read throws. The same as `on('preRead', hook)`.
   */
  preRead(hook: (position: Position, metadata: StreamMetadata) => void): this {
    return this.on('preRead', hook);
  }

  hasStream(name: string): boolean {
    return name === allStream || existingStream(this.storage, name) !== undefined;
  }

  /** Names of all write streams, in the order of their creation. */
  streamNames(): string[] {
    return existingStreamNames(this.storage);
  }

  /** One event by its position in the store, from 1. Throws `INVALID_CURSOR` when there is none. */
  readEvent<Payload = ReadableEvent<Events>>(position: PositionInput): StoredEvent<Payload> {
    return this.storage.readEvent(position) as StoredEvent<Payload>;
  }

  /**
   * Resolves when the event at `position` can be read here: read your writes, in another process. Rejects with
   * `TIMED_OUT`, with the reason of `signal`, when the store closes, and with the error that ends a reader.
   */
  waitFor(position: PositionInput, options: WaitOptions = {}): Promise<void> {
    return waitForPosition(this.storage, position, options);
  }

  /** Lets the consumers save and stop, and closes the files. */
  async close(): Promise<void> {
    await this.storage.stopConsumers();
    this.storage.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Passes on the storage's events, and announces `ready` when the constructors are done. */
  protected attach(storage: ReadableStorage): void {
    passEvents(storage, this);
    setImmediate(() => {
      this.hasAnnounced = true;
      this.emit('ready');
    });
  }

  /** Resolves after `ready` was emitted. */
  protected whenReady(): Promise<void> {
    if (this.hasAnnounced) return Promise.resolve();
    return new Promise((resolve) => this.once('ready', resolve));
  }
}
