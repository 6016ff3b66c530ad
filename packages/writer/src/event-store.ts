/**
 * The store as its users see it: one process commits events and reads them; with `readOnly` it is the read interface alone,
 * over files that another process writes.
 */
import {
  type CommittableEvent,
  type EventMap,
  type EventStream,
  type MatchableEvent,
  type Matcher,
  type ObjectMatcher,
  OptimisticConcurrencyError,
  type ReadableEvent,
  ReadableEventStore,
  type StreamMetadata,
  type StreamVersionInput,
  type UntypedEvents,
  VarveError,
} from '@varve/core';
import {
  checkOptions,
  defaultStorageDirectory,
  optionRules,
  readOptionRules,
  type ReadableStorage,
  ReadOnlyStorage,
  storeDirectory,
} from '@varve/core/internal';
import type { Commit, JointCommit } from './commit.ts';
import {
  type CommitCallback,
  ExpectedVersion,
  listOf,
  noCommitOptions,
  noEvents,
  parseCommitOptions,
  parseJointCommitOptions,
} from './commit-arguments.ts';
import { assertCondition, type ConditionArgument } from './commit-condition.ts';
import {
  type AnySchemas,
  type EventStoreConfig,
  eventStoreConfigRules,
  storageOptionsOf,
} from './event-store-config.ts';
import { commitJointly, type StreamCommit } from './joint-commit.ts';
import { LOCK_RECLAIM, readPart, writeOptionRules } from './options.ts';
import { EventValidator } from './schemas/event-validator.ts';
import type { ArchiveOptions, DropOptions, SegmentsResult } from './segments/segment-keeper.ts';
import { assertStreamName } from './stream-name.ts';
import { WritableStorage } from './writable-storage.ts';

export interface DerivedStreamOptions {
  /** What the metadata of an event must match, in addition to its payload. */
  readonly metadata?: ObjectMatcher;
}

/** One event or several, of the types that the store has. */
export type EventsToCommit<Events> = CommittableEvent<Events> | readonly CommittableEvent<Events>[];

/** A store that this process writes: one process at a time. `EventStore.open` opens it; docs/README.md leads to the guides. */
export class EventStore<Events extends EventMap<Events> = UntypedEvents> extends ReadableEventStore<Events> {
  static readonly ExpectedVersion = ExpectedVersion;
  static readonly OptimisticConcurrencyError = OptimisticConcurrencyError;
  static readonly LOCK_RECLAIM: typeof LOCK_RECLAIM = LOCK_RECLAIM;

  readonly storage: ReadableStorage;
  private readonly writable: WritableStorage | undefined;
  private readonly validator: EventValidator | undefined;

  /**
   * Opens the store `name` in `storageDirectory`, and creates it if there is none. Emits `ready` when it can be used.
   * Throws `STORE_LOCKED`, `NOT_A_STORE`, `NEWER_FORMAT`, `STORE_UNAVAILABLE`, `INVALID_OPTION` or `CORRUPTION`.
   */
  constructor(name = 'eventstore', config: EventStoreConfig<Events> = {}) {
    super(name);
    checkOptions(config, eventStoreConfigRules, { name: 'storageConfig', rules: writeOptionRules });
    const { storageDirectory = defaultStorageDirectory } = config;
    const storageConfig = storageOptionsOf(config);
    if (config.schemas !== undefined) this.validator = new EventValidator(config.schemas as AnySchemas);
    const directory = storeDirectory(storageDirectory, name);
    if (config.readOnly === true) {
      checkOptions(storageConfig, { ...writeOptionRules, ...readOptionRules });
      this.storage = new ReadOnlyStorage(directory, readPart(storageConfig));
    } else {
      this.writable = new WritableStorage(directory, storageConfig);
      this.storage = this.writable;
    }
    this.attach(this.storage);
  }

  /** Opens the store and resolves when it can be used. Rejects with what the constructor throws. */
  static async open<Events extends EventMap<Events> = UntypedEvents>(
    name?: string,
    config?: EventStoreConfig<Events>,
  ): Promise<EventStore<Events>> {
    const store = new EventStore<Events>(name, config);
    await store.whenReady();
    return store;
  }

  /**
   * Appends events to a stream, all or none. Synchronous up to the write buffer: when this returns, the commit is accepted and
   * has its positions; `flushed` and `durable` of the result tell when it is safe.
   *
   * `{ condition: { failIfEventsMatch, after } }` refuses the commit when an event after `after` matches the query.
   * `expectedVersion` is the version that the stream must have, `metadata` goes to each of the events, and `callback`
   * is called when the events are flushed (with `syncOnFlush`: durable), or with the error that prevented it.
   * A `commitId` in the metadata makes the commit idempotent: when the store has one with this id already, that one is
   * returned (`isDuplicate`), and nothing is checked or written.
   *
   * Throws, with nothing written: `OPTIMISTIC_CONCURRENCY`, `CONDITION_FAILED`, `INVALID_EVENT`, `INVALID_STREAM_NAME`,
   * `INVALID_OPTION`, `INVALID_QUERY`, `SERIALIZATION`, `EVENT_TOO_LARGE`, `STREAM_CLOSED`, `STREAM_EXISTS`, `MATCHER_MISSING`,
   * `MATCHER_FAILED`, `COMMIT_UNDER_WAY`, `READ_ONLY`, `STORE_CLOSED`, `DISK_FULL`, `WRITE_FAILED`.
   */
  commit(stream: string, events: EventsToCommit<Events>, callback?: CommitCallback): Commit;
  commit(
    stream: string,
    events: EventsToCommit<Events>,
    condition: ConditionArgument,
    ...rest: readonly (StreamVersionInput | object | CommitCallback | undefined)[]
  ): Commit;
  commit(stream: string, events: EventsToCommit<Events>, metadata: object, callback?: CommitCallback): Commit;
  commit(
    stream: string,
    events: EventsToCommit<Events>,
    expectedVersion: StreamVersionInput,
    callback?: CommitCallback,
  ): Commit;
  commit(
    stream: string,
    events: EventsToCommit<Events>,
    expectedVersion: StreamVersionInput,
    metadata: object | undefined,
    callback?: CommitCallback,
  ): Commit;
  commit(stream: string, events: object | readonly object[], ...rest: unknown[]): Commit {
    const storage = this.writer();
    storage.assertTakesCommits();
    const given = listOf(events, stream, storage.codec);
    const list =
      this.validator === undefined ? given : listOf(this.validator.validate(stream, given), stream, storage.codec);
    const { expectedVersion, metadata, callback, condition } =
      rest.length === 0 ? noCommitOptions : parseCommitOptions(rest);
    let entry = storage.catalog.streamNamed(stream);
    if (entry === undefined) assertStreamName(stream);
    if (list.length === 0) throw noEvents(stream);
    let earlier = metadata === undefined ? undefined : storage.committer.findCommit(metadata);
    if (storage.hasCommitHooks && earlier === undefined) {
      storage.committer.callHooks({ stream, events: list, entry, version: storage.currentVersion(entry), metadata });
      // A hook may have committed something itself, even with this id, or closed the stream.
      entry = storage.catalog.streamNamed(stream);
      earlier = metadata === undefined ? undefined : storage.committer.findCommit(metadata);
    }
    if (earlier !== undefined) {
      if (callback !== undefined) storage.acknowledgements.callWhenSafe(earlier.lastPosition, callback);
      return earlier;
    }
    storage.derived.assertTakesEvents(stream, entry);
    const version = storage.currentVersion(entry);
    if (expectedVersion !== ExpectedVersion.Any && expectedVersion !== version) {
      throw new OptimisticConcurrencyError(stream, expectedVersion, version);
    }
    if (condition !== undefined) assertCondition(storage, storage.committer.lastPosition, condition);
    const commit = storage.append({ stream, events: list, entry, version, metadata });
    if (callback !== undefined) storage.acknowledgements.callWhenSafe(commit.lastPosition, callback);
    return commit;
  }

  /**
   * Creates a derived stream: all events of the store, past and future, that the matcher accepts. If there is one of this name,
   * the matcher is compared with its own. The existing events are read synchronously, before this returns.
   *
   * Throws, with nothing changed: `INVALID_MATCHER`, `MATCHER_MISMATCH`, `MATCHER_FAILED`, `STREAM_EXISTS`,
   * `INVALID_STREAM_NAME`, `READ_ONLY`, `STORE_CLOSED`, `DISK_FULL`, `WRITE_FAILED`.
   */
  createEventStream<Payload = ReadableEvent<Events>>(
    name: string,
    matcher: Matcher<MatchableEvent<Events>>,
    options: DerivedStreamOptions = {},
  ): EventStream<Payload> {
    const storage = this.writer();
    assertStreamName(name);
    checkOptions(options, { metadata: optionRules.object });
    storage.committer.exclusively(() => storage.derived.create(name, { matcher, metadata: options.metadata }));
    return this.getEventStream<Payload>(name);
  }

  /** The same as `createEventStream`. */
  createStream<Payload = ReadableEvent<Events>>(
    name: string,
    matcher: Matcher<MatchableEvent<Events>>,
    options: DerivedStreamOptions = {},
  ): EventStream<Payload> {
    return this.createEventStream<Payload>(name, matcher, options);
  }

  /**
   * Removes a derived stream; its events stay where they are. Returns false when there is none of this name. Throws
   * `STREAM_EXISTS` for a write stream, whose events are the store itself.
   */
  deleteEventStream(name: string): boolean {
    const storage = this.writer();
    return storage.derived.delete(name);
  }

  /** Closes a write stream for good: it can still be read, and commits to it are refused with `STREAM_CLOSED`. */
  closeEventStream(name: string): void {
    const storage = this.writer();
    storage.derived.close(name);
  }

  /**
   * Appends events to several streams in one atomic commit: all or nothing, whatever crashes. A stream without events is only
   * checked for its `expectedVersion`. All versions are those before the commit, and each stream may be named once.
   * `{ condition: { failIfEventsMatch, after } }` refuses all of it when an event after position `after` matches. A `commitId`
   * in the metadata makes it idempotent, as in `commit`.
   *
   * Throws, with nothing written, what `commit` throws; an `OPTIMISTIC_CONCURRENCY` error names the stream.
   */
  commitAll(commits: readonly StreamCommit<CommittableEvent<Events>>[], callback?: CommitCallback): JointCommit;
  commitAll(
    commits: readonly StreamCommit<CommittableEvent<Events>>[],
    condition: ConditionArgument,
    callback?: CommitCallback,
  ): JointCommit;
  commitAll(commits: readonly StreamCommit[], ...rest: unknown[]): JointCommit {
    const storage = this.writer();
    storage.assertTakesCommits();
    const { callback, condition } = parseJointCommitOptions(rest);
    const commit = commitJointly(storage, commits, { validator: this.validator, condition });
    if (callback !== undefined) storage.acknowledgements.callWhenSafe(commit.lastPosition, callback);
    return commit;
  }

  /**
   * Calls `hook` with each event before it is committed, and with the metadata of its stream. When the hook throws, the commit
   * throws and changes nothing. The same as `on('preCommit', hook)`.
   */
  preCommit(hook: (event: object, metadata: StreamMetadata) => void): this {
    return this.on('preCommit', hook);
  }

  /**
   * Moves whole segments whose events all come before `before` to the directory `to`, on any file system, where this store and
   * its readers continue to read them. Resolves with what was moved, when all of it is durable.
   *
   * Rejects with `INVALID_OPTION`, `CORRUPTION`, `STORE_UNAVAILABLE`, `READ_ONLY`, `STORE_CLOSED`, `DISK_FULL`, `WRITE_FAILED`.
   */
  async archive(options: ArchiveOptions): Promise<SegmentsResult> {
    return (this.writable ?? this.writer()).segmentKeeper.archive(options);
  }

  /**
   * Drops whole segments whose events all come before `before`, archived or not, for good. Positions and versions stay as they
   * are; reading an event before `firstPosition` of the result fails with `EVENTS_DROPPED`.
   *
   * Rejects as `archive` does, and with `ARCHIVE_MISSING`.
   */
  async drop(options: DropOptions): Promise<SegmentsResult> {
    return (this.writable ?? this.writer()).segmentKeeper.drop(options);
  }

  /** Writes the buffered events now instead of on the next tick. Throws `DISK_FULL` or `WRITE_FAILED` when that fails. */
  flush(): void {
    this.writer().flush();
  }

  /**
   * Writes and syncs everything, releases the store to another writer, and continues to read: streams, consumers and followers
   * see what that one commits. From the call on, whatever writes is refused with `READ_ONLY`. A store that only reads stays as
   * it is.
   *
   * Rejects with `DISK_FULL`, in which case the store remains the writer; with `WRITE_FAILED`; and with `STORE_CLOSED`.
   */
  async makeReadOnly(): Promise<void> {
    this.storage.assertOpen();
    await this.writable?.makeReadOnly();
  }

  /** Writes and syncs everything, and releases the store. Rejects (`DISK_FULL`, `WRITE_FAILED`) for lost commits nobody was told of. */
  override async close(): Promise<void> {
    await this.storage.stopConsumers();
    if (this.writable === undefined) this.storage.close();
    else await this.writable.closeInOrder();
  }

  /** The storage, as long as this process is the writer. */
  private writer(): WritableStorage {
    const { writable } = this;
    if (writable !== undefined) {
      writable.assertWriter();
      return writable;
    }
    throw new VarveError('READ_ONLY', `The store ${this.directory} was opened for reading only.`, {
      path: this.directory,
      hint: 'Commit in the process that has it open for writing.',
    });
  }
}
