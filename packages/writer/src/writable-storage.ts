/**
 * The storage of the one process that writes: appends commits to partitions, keeps index and head behind them, and
 * says when they are safe.
 *
 * Invariants: what can refuse a commit comes before its first byte; data is written before index before head; what
 * there was no room for is written before anything else; after another write or a sync that failed nothing is written.
 */
import { hasErrorCode, type ReindexResult, VarveError } from '@varve/core';
import { accessible, EventReader, type NamedEntry, ReadableStorage } from '@varve/core/internal';
import { Acknowledgements } from './acknowledgements.ts';
import type { Commit, JointCommit } from './commit.ts';
import type { CommitRequest } from './commit-appender.ts';
import { Committer } from './committer.ts';
import { DerivedStreams } from './derived/derived-streams.ts';
import { DirtyFiles } from './dirty-files.ts';
import { asDiskFull, warnOf } from './disk-full.ts';
import { FlushSchedule } from './flush-schedule.ts';
import { FailureLatch } from './failure-latch.ts';
import type { Publication } from './head-writer.ts';
import { NewMetadata } from './new-metadata.ts';
import { type OpenedFiles, openForWriting } from './open-for-writing.ts';
import { LOCK_RECLAIM, resolveWriteOptions, type ResolvedWriteOptions, type WriteOptions } from './options.ts';
import { reindex } from './reindex/reindex.ts';
import { RunKeeper } from './runs/run-keeper.ts';
import { SegmentKeeper } from './segments/segment-keeper.ts';
import { setUpStore, type StoreSetup } from './store-setup.ts';
import type { WritableCatalog } from './writable-catalog.ts';
import type { WritablePartition } from './writable-partition.ts';
import { WritablePartitions } from './writable-partitions.ts';
import type { WritablePositionIndex } from './writable-position-index.ts';
import { WriteSteps } from './write-steps.ts';

export class WritableStorage extends ReadableStorage {
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  private readonly writeOptions: ResolvedWriteOptions;
  private readonly setup: StoreSetup;
  /** Derived streams, and indexes of types and tags. */
  readonly derived: DerivedStreams;
  readonly committer: Committer;
  readonly segmentKeeper: SegmentKeeper;
  private readonly steps: WriteSteps;
  private readonly runs: RunKeeper;
  private readonly publication: Publication;
  private readonly dirtyFiles: DirtyFiles;
  private readonly partitions: WritablePartitions;
  /** Who waits until commits are flushed or durable. */
  readonly acknowledgements: Acknowledgements;
  private flushedPosition: number;
  private readonly schedule: FlushSchedule;
  private indexSyncedTo: number;
  private readonly failure: FailureLatch;
  private closing: Promise<void> | undefined;

  constructor(directory: string, options: WriteOptions = {}) {
    const resolved = resolveWriteOptions(options);
    const setup = setUpStore(directory, resolved);
    super(directory, resolved, setup.description);
    this.setup = setup;
    this.writeOptions = resolved;
    this.failure = new FailureLatch({
      directory,
      flushedPosition: () => this.flushedPosition,
      tellCallers: (failure) => this.acknowledgements.fail(failure),
    });
    this.schedule = this.createSchedule();
    let opened: OpenedFiles | undefined;
    try {
      const { context, indexes } = this;
      const isThorough = resolved.lock === LOCK_RECLAIM;
      opened = accessible(directory, () => openForWriting(context, resolved, isThorough));
      const { catalog, positions, publication, end } = opened;
      this.catalog = catalog;
      this.positions = positions;
      this.publication = publication;
      const dirtyFiles = (this.dirtyFiles = new DirtyFiles(this.fileSystem));
      this.flushedPosition = end.position;
      this.indexSyncedTo = end.position;
      const metadata = new NewMetadata('metadata', resolved.metadata);
      const { segmentBytes } = resolved;
      const partitions = { context, catalog, storage: this, dirtyFiles, segmentBytes, metadata, ends: end.ends };
      this.partitions = new WritablePartitions({ ...partitions, epoch: publication.head.epoch });
      this.acknowledgements = this.createAcknowledgements();
      const files = { catalog, positions, dirtyFiles, publication, partitions: this.partitions };
      const steps = new WriteSteps({ ...files, flush: () => this.flush(), failure: this.failure });
      this.steps = steps;
      this.derived = new DerivedStreams({ catalog, context, indexes, steps, storage: this }, resolved.hmacSecret);
      this.committer = this.createCommitter(metadata, end);
      this.runs = new RunKeeper(context, indexes, resolved.eventsPerIndexRun, (error) => this.emit('error', error));
      this.segmentKeeper = new SegmentKeeper({ context, catalog, indexes, steps, runs: this.runs, storage: this });
      this.runs.open(new EventReader(this), end.position, isThorough);
      this.derived.open(resolved, isThorough);
    } catch (error) {
      opened?.close();
      this.indexes.reset();
      this.pool.closeAll();
      setup.lock.release();
      throw error;
    }
  }

  get visiblePosition(): number {
    const isDirty = this.writeOptions.dirtyReads && this.failure.error === undefined;
    return isDirty ? this.committer.lastPosition : this.flushedPosition;
  }

  get publishedPosition(): number {
    return this.flushedPosition;
  }

  /** Position of the last event that was synced to the medium. */
  get durablePosition(): number {
    return this.publication.head.durable;
  }

  get epoch(): number {
    return this.publication.head.epoch;
  }

  partition(id: number): WritablePartition | undefined {
    return this.partitions.get(id);
  }

  /** Throws when the store takes no commits: it was closed or failed, or there is still no room for those before. */
  assertTakesCommits(): void {
    if (this.closing !== undefined) throw this.closedError('Open it again.');
    this.assertWritable();
    if (this.schedule.noRoomError !== undefined) this.flush();
  }

  /** The version that the next commit to the stream will be compared with. */
  currentVersion(entry: NamedEntry | undefined): number {
    return entry === undefined ? 0 : this.indexes.count(entry.id);
  }

  /** Appends to the write buffer; throws, without a trace, when an event cannot be serialized or is too large. */
  append(request: CommitRequest): Commit {
    const commit = this.committer.append(request);
    this.schedule.appended(this.committer.bufferedEvents >= this.writeOptions.maxWriteBufferDocuments);
    return commit;
  }

  /** Appends a commit to several streams, each with one event at least. Throws as `append` does. */
  appendAll(requests: readonly CommitRequest[]): JointCommit {
    const commit = this.committer.appendAll(requests);
    this.schedule.appended(this.committer.bufferedEvents >= this.writeOptions.maxWriteBufferDocuments);
    return commit;
  }

  /**
   * Writes what is buffered, and publishes it. Throws `DISK_FULL` when there is no room, and keeps what is not written;
   * any other failure is `WRITE_FAILED`, and nothing works after that.
   */
  flush(): void {
    this.assertWritable();
    const { lastPosition } = this.committer;
    if (this.flushedPosition === lastPosition) return;
    try {
      this.steps.writeBuffers();
      const indexed = this.indexSyncedTo;
      this.publication.publish({ visible: lastPosition, catalogBytes: this.catalog.sizeBytes, indexed });
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
   * Makes position index, index runs, backfills, commit ids, name index and head again from the frames. Gives nothing
   * else in this process a turn; readers in others go on. Throws, with nothing lost: `CORRUPTION`, `MATCHER_MISSING`,
   * `MATCHER_UNTRUSTED`, `MATCHER_FAILED`, `INVALID_CURSOR`, `STORE_UNAVAILABLE`.
   */
  override reindex(from = 0): ReindexResult {
    this.assertTakesCommits();
    const { catalog, committer, context, indexes, positions, publication, runs, steps } = this;
    const [{ backfills }, eventsPerRun] = [this.derived, this.writeOptions.eventsPerIndexRun];
    const files = { catalog, committer, context, indexes, positions, publication, runs, steps };
    return accessible(this.directory, () => reindex({ ...files, backfills, eventsPerRun }, from));
  }

  /** Writes and syncs everything, marks the store as closed in order, and gives the lock free. */
  async closeInOrder(): Promise<void> {
    if (this.isOpen) await (this.closing ??= this.sealAndClose());
  }

  override close(): void {
    if (!this.isOpen) return;
    this.partitions.close();
    this.dirtyFiles.closeAll();
    this.positions.close();
    this.catalog.file.close();
    this.publication.close();
    super.close();
    this.setup.lock.release();
    const closed = this.closedError('Reading the store tells whether these events were written.');
    this.acknowledgements.fail(this.failure.error ?? this.schedule.noRoomError ?? closed);
    this.schedule.hasRoom();
  }

  private async sealAndClose(): Promise<void> {
    try {
      if (this.failure.error === undefined) {
        this.flush();
        await this.acknowledgements.settled();
        this.assertWritable();
        await this.runs.close(this.flushedPosition);
        this.failure.guard(() => this.committer.keepIds(this.flushedPosition, true));
        this.steps.seal(this.flushedPosition);
      }
    } finally {
      await this.runs.stop();
      this.close();
    }
  }

  private createAcknowledgements(): Acknowledgements {
    return new Acknowledgements({
      sync: () => this.dirtyFiles.syncLater(),
      flushedPosition: () => this.flushedPosition,
      durablePosition: () => this.durablePosition,
      publishDurable: (durable) => this.publishDurable(durable),
      syncAll: this.writeOptions.syncOnFlush,
      isOver: () => !this.isOpen || this.failure.error !== undefined,
      failed: (error) => this.schedule.report(this.failed(error)),
      failure: () => this.failure.error,
    });
  }

  private createCommitter(partitionMetadata: NewMetadata, end: { position: number; clockUs: number }): Committer {
    const { catalog, positions, indexes, partitions, context, writeOptions: options } = this;
    const { links } = this.derived;
    const { partitioner } = this.setup;
    const files = { catalog, positions, indexes, partitions, context, links, partitioner, options };
    const flush = (): void => this.flush();
    const beginSegment = (partition: WritablePartition): void => this.beginSegment(partition);
    return new Committer({ ...files, storage: this, partitionMetadata, end, flush, beginSegment });
  }

  private createSchedule(): FlushSchedule {
    return new FlushSchedule({
      clock: this.options.clock,
      flush: () => this.flush(),
      sync: () => this.acknowledgements.startSync(),
      isOver: () => !this.isOpen || this.failure.error !== undefined,
      report: (error) => this.reportFailure(error),
    });
  }

  private publishDurable(durable: number): void {
    this.publication.publish({ durable });
    if (this.flushedPosition === this.committer.lastPosition) this.schedule.hasRoom();
  }

  private beginSegment(partition: WritablePartition): void {
    try {
      partition.beginSegment();
    } catch (error) {
      // Everything before it was written: only the commit that needs the segment is refused for want of room.
      const failure = asDiskFull(error, partition.folder);
      throw hasErrorCode(failure, 'DISK_FULL') ? failure : this.failure.poison(error);
    }
    // Closed segments are synced soon, so that no pile of them waits for the first commit that asks.
    this.acknowledgements.startSync();
  }

  /** Now and then turns what is in memory of the indexes into a run; the position index is synced with it. */
  private buildRunWhenDue(): void {
    this.failure.guard(() => this.committer.keepIds(this.flushedPosition, false));
    if (!this.runs.isDue(this.flushedPosition)) return;
    this.steps.buildRun(this.runs);
    this.indexSyncedTo = this.flushedPosition;
    // Recovery walks what is behind the durable position: this keeps it short.
    this.acknowledgements.startSync();
  }

  private assertWritable(): void {
    this.assertOpen();
    this.failure.assertNone();
  }

  /** What a failed write means: without room it is tried again, anything else ends the writer. */
  private failed(error: unknown): Error {
    if (!(error instanceof VarveError && error.code === 'DISK_FULL')) return this.failure.poison(error);
    this.schedule.noRoom(error);
    return error;
  }

  private reportFailure(failure: unknown): void {
    const hasListener = this.listenerCount('error') > 0;
    if (!hasListener && hasErrorCode(failure, 'DISK_FULL')) warnOf(failure);
    else if (this.failure.mustBeReported(hasListener)) this.emit('error', failure as Error);
  }
}
