/**
 * The storage of the one process that writes: appends commits to partitions, keeps index and head behind them, and
 * says when they are safe.
 *
 * Invariants: what can refuse a commit comes before its first byte; data is written before index before head; after a
 * write or sync that failed nothing is written any more, until the store is opened anew and recovered.
 */
import { VarveError } from '@varve/core';
import {
  emptyHead,
  type FrameFields,
  type Head,
  HeadFile,
  messageOf,
  type NamedEntry,
  noLinks,
  ReadableStorage,
} from '@varve/core/internal';
import { BodyEncoder } from './body-encoder.ts';
import { Commit } from './commit.ts';
import { DirtyFiles } from './dirty-files.ts';
import { HeadWriter, type Publication } from './head-writer.ts';
import { LOCK_RECLAIM, resolveWriteOptions, type ResolvedWriteOptions, type WriteOptions } from './options.ts';
import { sharedPartition } from './partitioners.ts';
import { findPartitionEnd } from './recovery/partition-end.ts';
import { recoverCatalog } from './recovery/recover-catalog.ts';
import { isInOrder } from './recovery/is-in-order.ts';
import { recover, type RecoveryResult } from './recovery/recovery.ts';
import { RecoveryFiles } from './recovery/recovery-files.ts';
import { planFrames } from './frame-plan.ts';
import { setUpStore, type StoreSetup } from './store-setup.ts';
import { Waiters } from './waiters.ts';
import { WritableCatalog } from './writable-catalog.ts';
import { type FrameBody, type PartitionEnd, WritablePartition } from './writable-partition.ts';
import { WritablePositionIndex } from './writable-position-index.ts';

/** A commit that was checked and is to be appended. */
export interface CommitRequest {
  readonly stream: string;
  readonly events: readonly unknown[];
  /** The stream as it is, or undefined when this commit makes it. */
  readonly entry: NamedEntry | undefined;
  /** Version of the stream before the commit. */
  readonly version: number;
  readonly metadata: object | undefined;
}

/** Positions after which the position index is synced in the background, which bounds what recovery must walk. */
const positionsPerIndexSync = 65_536;
/** A store with more partitions than this gives their buffers back after each flush. */
const maxKeptBuffers = 64;

export class WritableStorage extends ReadableStorage {
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  private readonly writeOptions: ResolvedWriteOptions;
  private readonly setup: StoreSetup;
  private readonly encoder: BodyEncoder;
  private readonly publication: Publication;
  private readonly dirtyFiles: DirtyFiles;
  private readonly partitions: (WritablePartition | undefined)[] = [];
  private readonly recoveredEnds: ReadonlyMap<number, PartitionEnd>;
  /** Partitions with frames in their buffers. */
  private readonly buffering = new Set<WritablePartition>();
  private readonly flushWaiters = new Waiters();
  private readonly durableWaiters = new Waiters();
  /** Reused for every frame: the hot path allocates nothing but the result. */
  private readonly fields: FrameFields = {
    previous: 0,
    epoch: 0,
    position: 0,
    clockUs: 0,
    streamId: 0,
    streamVersion: 0,
    count: 0,
    commitSize: 0,
    commitOffset: 0,
    metadataBytes: 0,
    links: noLinks,
  };
  private lastPosition: number;
  private flushedPosition: number;
  private lastClockUs: number;
  private bufferedBytes = 0;
  private bufferedEvents = 0;
  private isFlushScheduled = false;
  private syncUnderWay: Promise<void> | undefined;
  private indexSyncedTo: number;
  private failure: VarveError | undefined;

  constructor(directory: string, options: WriteOptions = {}) {
    const resolved = resolveWriteOptions(options);
    const setup = setUpStore(directory, resolved);
    super(directory, resolved, setup.description);
    this.setup = setup;
    this.writeOptions = resolved;
    try {
      const head = this.readHead();
      recoverCatalog(directory, this.fileSystem, this.seed);
      this.catalog = new WritableCatalog(directory, this.fileSystem, this.seed, head.epoch + 1);
      this.positions = new WritablePositionIndex(directory, this.fileSystem, this.cache);
      this.encoder = new BodyEncoder(this.codec);
      this.dirtyFiles = new DirtyFiles(this.fileSystem);
      const found = this.findEnd(head);
      this.recoveredEnds = found.ends;
      this.lastPosition = found.position;
      this.flushedPosition = found.position;
      this.indexSyncedTo = found.position;
      this.lastClockUs = found.clockUs;
      this.publication = this.raiseEpoch({ ...head, epoch: found.epoch }, found.position);
      this.fields.epoch = this.publication.head.epoch;
      this.indexUpTo(this.flushedPosition);
    } catch (error) {
      this.pool.closeAll();
      setup.lock.release();
      throw error;
    }
  }

  get visiblePosition(): number {
    return this.writeOptions.dirtyReads && this.failure === undefined ? this.lastPosition : this.flushedPosition;
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
    return (this.partitions[id] ??= this.openPartition(id));
  }

  /** The version that the next commit to the stream will be compared with. */
  currentVersion(entry: NamedEntry | undefined): number {
    return entry === undefined ? 0 : this.postings.count(entry.id);
  }

  /**
   * Appends a commit to the write buffer. Throws, without a trace, when an event cannot be serialized, when the
   * commit is too large, or when the writer failed before.
   */
  append(request: CommitRequest): Commit {
    this.assertWritable();
    const { stream, events } = request;
    const body = this.encoder.encode(stream, events, request.metadata);
    const { fields } = this;
    fields.position = this.lastPosition + 1;
    fields.clockUs = Math.max(this.lastClockUs + 1, this.options.clock.nowUs());
    fields.streamId = request.entry?.id ?? this.catalog.nextStreamId;
    fields.streamVersion = request.version + 1;
    fields.count = events.length;
    fields.commitSize = events.length;
    fields.commitOffset = 0;
    fields.metadataBytes = body.metadata.length;
    const { partitionOf } = this.setup.partitioner;
    if (partitionOf === undefined) this.appendToOne(request, body);
    else this.appendSpread(request, body, partitionOf);
    const commit = new Commit(this, stream, {
      epoch: fields.epoch,
      position: this.lastPosition + 1,
      version: request.version + events.length,
      size: events.length,
      clockUs: fields.clockUs,
    });
    this.lastPosition += events.length;
    this.lastClockUs = fields.clockUs;
    this.bufferedEvents += events.length;
    this.postings.coverTo(this.lastPosition);
    this.flushWhenDue();
    return commit;
  }

  /** Writes what is buffered, and publishes it. Throws `WRITE_FAILED` when that fails; nothing works after that. */
  flush(): void {
    this.assertWritable();
    if (this.flushedPosition === this.lastPosition) return;
    try {
      this.writeBuffers();
      const indexed = this.indexSyncedTo;
      this.publication.publish({ visible: this.lastPosition, catalogBytes: this.catalog.sizeBytes, indexed });
    } catch (error) {
      throw this.poison(error);
    }
    this.flushedPosition = this.lastPosition;
    this.bufferedBytes = 0;
    this.bufferedEvents = 0;
    this.flushWaiters.reach(this.flushedPosition);
    this.syncIndexWhenDue();
    if (this.writeOptions.syncOnFlush || !this.durableWaiters.isEmpty) this.startSync();
    this.emit('advance', this.flushedPosition);
  }

  /** Resolves when everything up to `position` was flushed. */
  whenFlushed(position: number): Promise<void> {
    return this.whenReached(this.flushWaiters, position, () => this.flushedPosition);
  }

  /** Resolves when everything up to `position` is on the medium; causes a sync. */
  whenDurable(position: number): Promise<void> {
    const promise = this.whenReached(this.durableWaiters, position, () => this.durablePosition);
    if (position <= this.flushedPosition && position > this.durablePosition) this.startSync();
    return promise;
  }

  /** Calls back when everything up to `position` is as safe as the option `syncOnFlush` asks for. */
  callWhenSafe(position: number, callback: (error?: Error) => void): void {
    const { syncOnFlush } = this.writeOptions;
    const isSafe = position <= (syncOnFlush ? this.durablePosition : this.flushedPosition);
    // Always called later, never from inside of `commit`.
    if (isSafe) setImmediate(callback);
    else (syncOnFlush ? this.durableWaiters : this.flushWaiters).add({ position, reached: callback, failed: callback });
  }

  /** Writes and syncs everything, marks the store as closed in order, and gives the lock free. */
  async closeInOrder(): Promise<void> {
    if (!this.isOpen) return;
    try {
      if (this.failure === undefined) {
        this.flush();
        await this.syncUnderWay;
        this.assertWritable();
        this.sealFiles();
      }
    } finally {
      this.close();
    }
  }

  override close(): void {
    if (!this.isOpen) return;
    const notClosed = new VarveError('STORE_CLOSED', `The store ${this.directory} was closed.`, {
      path: this.directory,
      hint: 'These events may or may not have been written; reading the store tells.',
    });
    for (const partition of this.partitions) partition?.close();
    this.positions.close();
    this.catalog.file.close();
    this.publication.close();
    super.close();
    this.setup.lock.release();
    this.flushWaiters.fail(this.failure ?? notClosed);
    this.durableWaiters.fail(this.failure ?? notClosed);
  }

  private readHead(): Head {
    const file = new HeadFile(this.directory, this.fileSystem, this.seed);
    try {
      return file.read() ?? emptyHead;
    } catch (error) {
      // A head of which neither slot is whole is found again from the frames.
      if (error instanceof VarveError && error.code === 'CORRUPTION') return emptyHead;
      throw error;
    } finally {
      file.close();
    }
  }

  /** Finds where the store ends; brings the files into order if the last writer did not close them. */
  private findEnd(head: Head): RecoveryResult {
    const files = new RecoveryFiles(this.context, this.catalog, this.positions);
    if (!isInOrder(files, head)) {
      return recover({ files, head, mayCutBehindFault: this.writeOptions.lock === LOCK_RECLAIM });
    }
    this.positions.startAt(head.visible);
    return { position: head.visible, epoch: head.epoch, clockUs: head.clockUs, ends: new Map() };
  }

  /** Publishes the new epoch, durably, before the first append: an older writer is known by its lower one. */
  private raiseEpoch(head: Head, position: number): Publication {
    const epoch = head.epoch + 1;
    this.catalog.flush();
    this.catalog.file.sync();
    this.positions.flush();
    this.positions.sync();
    const writer = new HeadWriter(this.directory, this.fileSystem, this.options.clock, this.seed, { ...head, epoch });
    try {
      writer.publish({
        visible: position,
        durable: position,
        catalogBytes: this.catalog.sizeBytes,
        indexed: position,
        clean: false,
      });
      writer.sync();
      this.fileSystem.syncDirectory(this.directory);
    } catch (error) {
      writer.close();
      throw error;
    }
    return writer;
  }

  private openPartition(id: number): WritablePartition | undefined {
    const entry = this.catalog.partition(id);
    if (entry === undefined) return undefined;
    const end = this.recoveredEnds.get(id) ?? findPartitionEnd(this.context, this, entry);
    return this.makePartition(entry, end);
  }

  private makePartition(entry: NamedEntry, end: PartitionEnd): WritablePartition {
    const { segmentBytes } = this.writeOptions;
    const options = { dirtyFiles: this.dirtyFiles, segmentBytes, epoch: this.fields.epoch };
    return new WritablePartition(this.context, entry, end, options);
  }

  private partitionNamed(name: string): WritablePartition {
    const entry = this.catalog.partitionNamed(name);
    if (entry !== undefined) return this.partition(entry.id)!;
    const added = this.catalog.addPartition(name);
    return (this.partitions[added.id] = this.makePartition(added, { offset: 0, lastChecksum: 0 }));
  }

  private appendToOne(request: CommitRequest, body: FrameBody): void {
    const { fields } = this;
    const partition = this.partitionNamed(sharedPartition);
    const frameBytes = partition.frameBytes(fields, body);
    this.assertCommitFits(request, frameBytes);
    this.prepare(partition, frameBytes, frameBytes);
    const streamId = this.streamIdFor(request);
    this.place(partition, partition.append(fields, body, frameBytes), frameBytes, streamId);
  }

  /** A commit whose events go to different partitions: one frame for each run of neighbours in the same one. */
  private appendSpread(
    request: CommitRequest,
    body: FrameBody,
    partitionOf: (event: unknown, position: number, stream: string) => string,
  ): void {
    const { fields } = this;
    const plan = planFrames(request, body, fields.position, partitionOf);
    const sizes = plan.map((part) => {
      Object.assign(fields, part.fields);
      return this.partitionNamed(part.partition).frameBytes(fields, part.body);
    });
    const commitBytes = sizes.reduce((sum, size) => sum + size, 0);
    this.assertCommitFits(request, commitBytes);
    for (const [index, part] of plan.entries()) {
      this.prepare(this.partitionNamed(part.partition), sizes[index]!, commitBytes);
    }
    const streamId = this.streamIdFor(request);
    for (const [index, part] of plan.entries()) {
      Object.assign(fields, part.fields);
      const partition = this.partitionNamed(part.partition);
      this.place(partition, partition.append(fields, part.body, sizes[index]!), sizes[index]!, streamId);
    }
  }

  /** Makes sure that a frame of this size can be appended without anything that may fail. */
  private prepare(partition: WritablePartition, frameBytes: number, commitBytes: number): void {
    const isFull = this.bufferedBytes + commitBytes > this.writeOptions.writeBufferSize;
    if (isFull) this.flush();
    if (!partition.needsNewSegment(frameBytes)) return;
    this.flush();
    try {
      partition.beginSegment();
    } catch (error) {
      throw this.poison(error);
    }
    // Closed segments are synced soon, so that no pile of them waits for the first commit that asks.
    this.startSync();
  }

  private streamIdFor({ entry, stream }: CommitRequest): number {
    return entry?.id ?? this.catalog.addStream(stream, this.writeOptions.streamMetadata?.(stream)).id;
  }

  /** Enters the frame that `fields` describe into the indexes. */
  private place(partition: WritablePartition, offset: number, frameBytes: number, streamId: number): void {
    const { fields, positions, postings } = this;
    for (let event = 0; event < fields.count; event++) {
      positions.append(partition.id, offset);
      postings.add(streamId, fields.position + event);
    }
    this.buffering.add(partition);
    this.bufferedBytes += frameBytes;
  }

  private flushWhenDue(): void {
    if (this.bufferedEvents >= this.writeOptions.maxWriteBufferDocuments) {
      this.flush();
    } else if (!this.isFlushScheduled) {
      this.isFlushScheduled = true;
      setImmediate(() => {
        this.isFlushScheduled = false;
        this.flushInBackground();
      });
    }
  }

  private flushInBackground(): void {
    if (!this.isOpen || this.failure !== undefined) return;
    try {
      this.flush();
    } catch (error) {
      this.emit('error', error as Error);
    }
  }

  private writeBuffers(): void {
    this.catalog.flush();
    if (this.catalog.file.needsSync) this.dirtyFiles.add(this.catalog.file);
    for (const partition of this.buffering) {
      partition.flush();
      if (this.partitions.length > maxKeptBuffers) partition.releaseBuffer();
    }
    this.buffering.clear();
    this.positions.flush();
  }

  private startSync(): void {
    this.syncUnderWay ??= this.syncUntilDurable().finally(() => {
      this.syncUnderWay = undefined;
    });
  }

  /** Syncs again and again while somebody waits for what was flushed meanwhile: one sync serves all who wait. */
  private async syncUntilDurable(): Promise<void> {
    try {
      do {
        const target = this.flushedPosition;
        await this.dirtyFiles.syncLater();
        this.publication.publish({ durable: target });
        this.durableWaiters.reach(target);
        // Those who waited may commit again at once: they get their turn before it is decided whether to go on.
        await Promise.resolve();
      } while (this.isSyncNeeded());
    } catch (error) {
      this.emit('error', this.poison(error));
    }
  }

  private isSyncNeeded(): boolean {
    const isBehind = this.durablePosition < this.flushedPosition;
    return isBehind && (this.writeOptions.syncOnFlush || !this.durableWaiters.isEmpty);
  }

  private syncIndexWhenDue(): void {
    if (this.flushedPosition - this.indexSyncedTo < positionsPerIndexSync) return;
    try {
      this.positions.sync();
    } catch (error) {
      throw this.poison(error);
    }
    this.indexSyncedTo = this.flushedPosition;
  }

  private sealFiles(): void {
    try {
      this.dirtyFiles.sync();
      this.positions.sync();
      const visible = this.flushedPosition;
      this.publication.publish({ durable: visible, indexed: visible, clean: true });
      this.publication.sync();
    } catch (error) {
      throw this.poison(error);
    }
  }

  private whenReached(waiters: Waiters, position: number, reached: () => number): Promise<void> {
    if (position <= reached()) return Promise.resolve();
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise<void>((resolve, reject) => waiters.add({ position, reached: resolve, failed: reject }));
  }

  private assertWritable(): void {
    this.assertOpen();
    if (this.failure !== undefined) throw this.failure;
  }

  private assertCommitFits({ stream }: CommitRequest, commitBytes: number): void {
    const { maxCommitBytes } = this.writeOptions;
    if (commitBytes <= maxCommitBytes) return;
    throw new VarveError(
      'EVENT_TOO_LARGE',
      `A commit to stream ${JSON.stringify(stream)} takes ${commitBytes} bytes.`,
      {
        stream,
        expected: maxCommitBytes,
        found: commitBytes,
        hint: `The option \`maxCommitBytes\` allows ${maxCommitBytes}: raise it, or split the commit.`,
      },
    );
  }

  /** After a failed write or sync nobody knows what the medium has: the writer stops, and recovery finds out. */
  private poison(cause: unknown): VarveError {
    if (this.failure !== undefined) return this.failure;
    const failure = new VarveError(
      'WRITE_FAILED',
      `The store ${this.directory} could not be written: ${messageOf(cause)}.`,
      {
        path: this.directory,
        position: this.flushedPosition + 1,
        cause,
        hint: `Events up to position ${this.flushedPosition} were flushed. Remedy the cause, close the store, and open it again.`,
      },
    );
    this.failure = failure;
    this.flushWaiters.fail(failure);
    this.durableWaiters.fail(failure);
    return failure;
  }
}
