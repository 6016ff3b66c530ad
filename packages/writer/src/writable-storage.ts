/**
 * The storage of the one process that writes: appends commits, brings index and head up to date, tells when commits are safe.
 *
 * Invariants: what can refuse a commit comes before its first byte; data is written before index before head; what there was no
 * room for is written before anything else; after any other failed write or sync nothing is written.
 */
import { type ReindexResult, VarveError } from '@varve/core';
import { accessible, type NamedEntry, ReadOnlyStorage, unavailable } from '@varve/core/internal';
import { Acknowledgements } from './acknowledgements.ts';
import { beginNewSegment } from './begin-new-segment.ts';
import type { Commit, JointCommit } from './commit.ts';
import type { CommitRequest } from './commit-appender.ts';
import { Committer } from './committer.ts';
import { DerivedStreams } from './derived/derived-streams.ts';
import { DirtyFiles } from './dirty-files.ts';
import { FlushSchedule } from './flush-schedule.ts';
import { FailureLatch } from './failure-latch.ts';
import { NewMetadata } from './new-metadata.ts';
import { type OpenedFiles, openForWriting } from './open-for-writing.ts';
import {
  LOCK_RECLAIM,
  readPart,
  resolveWriteOptions,
  type ResolvedWriteOptions,
  type WriteOptions,
} from './options.ts';
import { reindex } from './reindex/reindex.ts';
import { ReplaceableStorage } from './replaceable-storage.ts';
import { RunKeeper } from './runs/run-keeper.ts';
import { SegmentKeeper } from './segments/segment-keeper.ts';
import { setUpStore, type StoreSetup } from './store-setup.ts';
import type { WritablePartition } from './writable-partition.ts';
import { WritablePartitions } from './writable-partitions.ts';
import { WriteSteps } from './write-steps.ts';
import { WriterEnd } from './writer-end.ts';

export class WritableStorage extends ReplaceableStorage {
  private readonly writeOptions: ResolvedWriteOptions;
  private readonly setup: StoreSetup;
  /** Derived streams, and indexes of types and tags. */
  readonly derived: DerivedStreams;
  readonly committer: Committer;
  readonly segmentKeeper: SegmentKeeper;
  private readonly steps: WriteSteps;
  private readonly runs: RunKeeper;
  private readonly opened: OpenedFiles;
  private readonly dirtyFiles: DirtyFiles;
  private readonly partitions: WritablePartitions;
  /** Who waits until commits are flushed or durable. */
  readonly acknowledgements: Acknowledgements;
  private flushedPosition: number;
  private readonly schedule: FlushSchedule;
  private indexSyncedTo: number;
  protected readonly failure: FailureLatch;
  private readonly end: WriterEnd;
  /** State of the writer, for those who sync. */
  private readonly state = {
    isOver: (): boolean => this.end.isOver,
    isSyncWanted: (): boolean => this.acknowledgements.isSyncWanted,
    durablePosition: (): number => this.opened.publication.head.durable,
    assertOwn: (): void => this.opened.publication.assertOwn(),
    nameRedoLog: (redo: number): void => this.steps.nameRedoLog(redo),
    failed: (error: unknown): void => this.schedule.report(this.failed(error)),
  };

  constructor(directory: string, options: WriteOptions = {}) {
    const resolved = resolveWriteOptions(options);
    const setup = setUpStore(directory, resolved);
    // Half of the files for reading, half for writing.
    const reading = { ...resolved, maxOpenFiles: Math.ceil(resolved.maxOpenFiles / 2) };
    super(directory, reading, setup.description, setup.places);
    this.setup = setup;
    this.writeOptions = resolved;
    this.failure = new FailureLatch({
      directory,
      positions: () => ({ flushed: this.flushedPosition, last: this.committer.lastPosition }),
      tellCallers: (failure) => this.acknowledgements.fail(failure),
    });
    this.schedule = this.createSchedule();
    let opened: OpenedFiles | undefined;
    try {
      const { context, description, indexes } = this;
      const isThorough = resolved.lock === LOCK_RECLAIM;
      opened = openForWriting(context, { description, options: resolved, mayCutAtFault: isThorough });
      const { catalog, positions, publication, end } = opened;
      this.opened = opened;
      this.catalog = catalog;
      this.positions = positions;
      const [{ redoLogBytes, segmentBytes, random }, { ends }, { epoch }] = [resolved, end, publication.head];
      const dirtyFiles = (this.dirtyFiles = new DirtyFiles({ context, redoLogBytes, random, ...this.state }));
      this.flushedPosition = end.position;
      this.indexSyncedTo = end.position;
      const metadata = new NewMetadata('metadata', resolved.metadata);
      const partitions = { context, catalog, storage: this, dirtyFiles, segmentBytes, metadata, ends, epoch };
      this.partitions = new WritablePartitions(partitions);
      this.acknowledgements = this.createAcknowledgements();
      const files = { catalog, positions, dirtyFiles, publication, partitions: this.partitions };
      const steps = (this.steps = new WriteSteps({ ...files, flush: () => this.flush(), failure: this.failure }));
      this.derived = new DerivedStreams({ catalog, context, indexes, steps, storage: this }, resolved.hmacSecret);
      this.committer = this.createCommitter(metadata, end);
      this.runs = new RunKeeper(context, indexes, resolved.eventsPerIndexRun, (error) => this.emit('error', error));
      const { acknowledgements, committer, failure, runs } = this;
      const ending = { acknowledgements, committer, failure, runs, steps, handOver: (): void => this.handOver() };
      this.end = new WriterEnd({ storage: this, ...ending });
      this.segmentKeeper = new SegmentKeeper({ context, catalog, indexes, steps, runs, storage: this });
      runs.open(this, end.position, isThorough);
      this.derived.open(resolved, isThorough);
      runs.startMerging(this.durablePosition);
    } catch (error) {
      opened?.close();
      this.indexes.reset();
      this.pool.closeAll();
      setup.lock.release();
      throw unavailable(directory, error);
    }
  }

  get visiblePosition(): number {
    const isDirty = this.writeOptions.dirtyReads && this.failure.error === undefined;
    return this.successor?.visiblePosition ?? (isDirty ? this.committer.lastPosition : this.flushedPosition);
  }

  get publishedPosition(): number {
    return this.successor?.publishedPosition ?? this.flushedPosition;
  }

  get durablePosition(): number {
    return this.successor?.durablePosition ?? this.opened.publication.head.durable;
  }

  get epoch(): number {
    return this.successor?.epoch ?? this.opened.publication.head.epoch;
  }

  /** Throws when the store takes no commits: it is closed, has failed, is in the middle of one, or has no room for earlier ones. */
  assertTakesCommits(): void {
    this.assertWriter();
    this.failure.assertNone();
    if (this.schedule.noRoomError !== undefined) this.flush();
  }

  /** Throws `STORE_CLOSED`, `READ_ONLY` when this is no writer any more, or `COMMIT_UNDER_WAY`. */
  assertWriter(): void {
    this.assertOpen();
    this.end.assertNotBegun();
    this.committer.assertNoneUnderWay();
  }

  /** The version that the next commit to the stream will be compared with. */
  currentVersion(entry: NamedEntry | undefined): number {
    return entry === undefined ? 0 : this.indexes.count(entry.id);
  }

  /** Appends to the write buffer; when an event cannot be serialized or is too large, throws and leaves no trace. */
  append(request: CommitRequest): Commit {
    const commit = this.committer.append(request);
    this.schedule.appended(this.committer.bufferedEvents >= this.writeOptions.maxWriteBufferDocuments);
    return commit;
  }

  /** Appends a commit to several streams, each with at least one event. Throws as `append` does. */
  appendAll(requests: readonly CommitRequest[]): JointCommit {
    const commit = this.committer.appendAll(requests);
    this.schedule.appended(this.committer.bufferedEvents >= this.writeOptions.maxWriteBufferDocuments);
    return commit;
  }

  /**
   * Writes what is buffered, and publishes it. Throws `DISK_FULL` when there is no room, and keeps what is not written; any
   * other failure is `WRITE_FAILED`, after which nothing works.
   */
  flush(): void {
    this.assertOpen();
    this.failure.assertNone();
    const { lastPosition, hasCommitIds } = this.committer;
    if (this.flushedPosition === lastPosition) return;
    try {
      this.steps.writeBuffers();
      const [indexed, catalogBytes] = [this.indexSyncedTo, this.catalog.sizeBytes];
      this.opened.publication.publish({ visible: lastPosition, catalogBytes, indexed, hasCommitIds });
    } catch (error) {
      throw this.failed(error);
    }
    this.flushedPosition = lastPosition;
    this.schedule.hasRoom();
    this.committer.wereFlushed();
    this.acknowledgements.flushed(this.flushedPosition);
    this.buildRunWhenDue();
    queueMicrotask(() => this.emit('advance', this.flushedPosition));
  }

  /**
   * Rebuilds position index, index runs, backfills, commit ids, name index and head from the frames. Synchronous, so that
   * nothing else in this process gets a turn; readers in others go on. Throws, with nothing lost: `CORRUPTION`,
   * `MATCHER_MISSING`, `MATCHER_UNTRUSTED`, `MATCHER_FAILED`, `INVALID_CURSOR`, `STORE_UNAVAILABLE`.
   */
  override reindex(from = 0): ReindexResult {
    this.assertTakesCommits();
    const { committer, context, indexes, runs, steps } = this;
    const [{ backfills }, eventsPerRun] = [this.derived, this.writeOptions.eventsPerIndexRun];
    const files = { ...this.opened, committer, context, indexes, runs, steps };
    const work = (): ReindexResult => reindex({ ...files, backfills, eventsPerRun }, from);
    return accessible(this.directory, () => committer.exclusively(work));
  }

  /** Writes and syncs everything, marks the store as cleanly closed, and releases the lock: see `EventStore.close`. */
  async closeInOrder(): Promise<void> {
    if (this.isOpen) await this.end.close();
  }

  /**
   * The same, but continues as a reader of what the next writer commits. Rejects with `DISK_FULL`, and then stays the writer;
   * with `WRITE_FAILED` and `STORE_CLOSED`.
   */
  async makeReadOnly(): Promise<void> {
    this.assertOpen();
    await this.end.makeReadOnly();
  }

  override close(): void {
    if (!this.isOpen) return;
    if (this.successor === undefined) this.closeFiles();
    super.close();
    const closed = this.closedError('Reading the store tells whether these events were written.');
    this.acknowledgements.fail(this.failure.error ?? this.schedule.noRoomError ?? closed);
    this.schedule.hasRoom();
  }

  override ownPartition(id: number): WritablePartition | undefined {
    return this.partitions.get(id);
  }

  private handOver(): void {
    // While the lock is held nobody writes, so the reader begins with everything that is here.
    const successor = new ReadOnlyStorage(this.directory, readPart(this.writeOptions));
    this.closeFiles();
    this.replaceBy(successor);
  }

  /** Releases what only a writer has. */
  private closeFiles(): void {
    this.partitions.close();
    this.dirtyFiles.close();
    this.opened.close();
    this.setup.lock.release();
  }

  private createAcknowledgements(): Acknowledgements {
    return new Acknowledgements({
      files: this.dirtyFiles,
      flushedPosition: () => this.flushedPosition,
      publishDurable: (durable) => this.publishDurable(durable),
      syncAll: this.writeOptions.syncOnFlush,
      ...this.state,
      failure: () => this.failure.error,
    });
  }

  private createCommitter(partitionMetadata: NewMetadata, end: { position: number; clockUs: number }): Committer {
    const { acknowledgements, context, failure, indexes, partitions, steps, writeOptions: options } = this;
    const { catalog, positions, mayHaveCommitIds } = this.opened;
    const [{ links }, { partitioner }] = [this.derived, this.setup];
    const files = { catalog, positions, indexes, partitions, context, links, partitioner, options, mayHaveCommitIds };
    const beginSegment = (partition: WritablePartition): void =>
      beginNewSegment(partition, steps, failure, acknowledgements);
    return new Committer({ ...files, storage: this, partitionMetadata, end, flush: () => this.flush(), beginSegment });
  }

  private createSchedule(): FlushSchedule {
    return new FlushSchedule({
      clock: this.options.clock,
      flush: () => this.flush(),
      sync: () => this.acknowledgements.startSync(),
      isOver: () => this.end.isOver,
      report: (error) => this.failure.report(error, this),
    });
  }

  private publishDurable(durable: number): void {
    this.steps.publishDurable(durable, this.runs);
    if (this.flushedPosition === this.committer.lastPosition) this.schedule.hasRoom();
  }

  /** Turns the indexes in memory into a run when that is due; the position index is synced with it. */
  private buildRunWhenDue(): void {
    this.failure.guard(() => this.committer.keepIds(this.flushedPosition, false));
    if (!this.runs.isDue(this.flushedPosition)) return;
    this.steps.buildRun(this.runs);
    this.indexSyncedTo = this.flushedPosition;
    // Recovery walks everything after the durable position: this keeps it short.
    this.acknowledgements.startSync();
  }

  /** What a failed write means: without room it is retried, anything else ends the writer. */
  private failed(error: unknown): Error {
    if (!(error instanceof VarveError && error.code === 'DISK_FULL')) return this.failure.poison(error);
    this.schedule.noRoom(error);
    return error;
  }
}
