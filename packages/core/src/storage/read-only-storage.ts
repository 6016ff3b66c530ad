/**
 * A storage that follows the files of a writer in another process, or of a copy. It is never wrong, only behind: it
 * shows the longest prefix of positions that is complete and valid. Whatever wakes it, it reads the head and takes in
 * what is new; a timer always wakes it, too. It writes nothing.
 */
import { errorOf } from '../errors.ts';
import type { Timer } from '../clock/clock.ts';
import { emptyHead, type Head } from '../format/head.ts';
import { ifThere } from '../file-system/if-there.ts';
import type { Watch } from '../file-system/file-system.ts';
import type { DerivedDefinition, IndexEntry, TermFamily } from './derived-indexes.ts';
import { endBeforeSeam, findDataEnd } from './data-end.ts';
import { EventReader } from './event-reader.ts';
import { FrameChain } from './frame-chain.ts';
import { HeadFile } from './head-file.ts';
import { openRuns } from './open-runs.ts';
import { resolveReadOptions, type ReadOptions } from './read-options.ts';
import { ReadOnlyCatalog } from './read-only-catalog.ts';
import type { NamedEntry } from './readable-catalog.ts';
import { ReadablePartition } from './readable-partition.ts';
import { ReadablePositionIndex } from './readable-position-index.ts';
import { ReadableStorage } from './readable-storage.ts';
import { assertSameStore, type FollowedStore, headOfSameStore, storeReplaced } from './same-store.ts';
import { Standstill, stopReason } from './stop-reason.ts';
import { accessible, requireStore, unavailable } from './store-description.ts';

/** Events taken in before other work of the process gets a turn. */
const eventsPerStep = 8192;
/** Postings that are collected in memory before new runs are looked for. */
const entriesBetweenRuns = 262_144;

export class ReadOnlyStorage extends ReadableStorage {
  readonly catalog: ReadOnlyCatalog;
  readonly positions: ReadablePositionIndex;
  private readonly headFile: HeadFile;
  private readonly partitions: (ReadablePartition | undefined)[] = [];
  private readonly scanner: EventReader;
  private readonly chain = new FrameChain();
  private readonly standstill: Standstill;
  private head: Head = emptyHead;
  private visible = 0;
  private watch: Watch | undefined;
  private timer: Timer | undefined;
  private isStepScheduled = false;
  private failure: Error | undefined;
  private maxTailEntries = entriesBetweenRuns;

  /** Opens the store in `directory`. Throws `STORE_MISSING` when there is none. */
  constructor(directory: string, options: ReadOptions = {}) {
    const resolved = resolveReadOptions(options);
    super(directory, resolved, requireStore(resolved.fileSystem, directory));
    this.catalog = new ReadOnlyCatalog(this.context);
    this.positions = new ReadablePositionIndex(this.context.indexDirectory, this.fileSystem, this.cache);
    this.headFile = new HeadFile(directory, this.fileSystem, this.seed, !resolved.watch);
    this.scanner = new EventReader(this);
    this.standstill = new Standstill(resolved.clock);
    try {
      accessible(directory, () => this.start());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get visiblePosition(): number {
    return this.visible;
  }

  get publishedPosition(): number {
    return this.visible;
  }

  override get consumablePosition(): number {
    return this.options.replica ? this.durablePosition : this.visible;
  }

  override get promisedPosition(): number {
    return this.head.visible;
  }

  get durablePosition(): number {
    return Math.min(this.head.durable, this.visible);
  }

  get fatalError(): Error | undefined {
    return this.failure;
  }

  /** The epoch of the writer that was followed last. */
  get epoch(): number {
    return this.head.epoch;
  }

  override get highestEpoch(): number {
    return Math.min(this.head.epoch, this.catalog.highestEpoch);
  }

  partition(id: number): ReadablePartition | undefined {
    return this.partitions[id] ?? this.openPartition(id);
  }

  override streamNamed(name: string): NamedEntry | undefined {
    const known = super.streamNamed(name);
    if (known !== undefined) return known;
    this.catalog.refresh();
    return super.streamNamed(name);
  }

  override termFamily(kind: 'types' | 'tags'): TermFamily | undefined {
    this.catalog.reaches(this.head);
    return super.termFamily(kind);
  }

  /** Looks at the head now, and takes in what is new. Emits `advance` when there is something. */
  poll(): void {
    if (!this.isOpen || this.failure !== undefined) return;
    try {
      const head = headOfSameStore(this.headFile, this.fileSystem, this.followed);
      if (head !== undefined) this.takeIn(head);
    } catch (error) {
      this.fail(error);
    }
  }

  override close(): void {
    if (!this.isOpen) return;
    this.watch?.close();
    this.timer?.cancel();
    this.headFile.close();
    super.close();
  }

  protected override derivedStream(name: string): IndexEntry<DerivedDefinition> | undefined {
    // It may have been removed, or another one created under its name.
    if (this.catalog.derived.streamNamed(name) !== undefined) this.catalog.reaches(this.head);
    return super.derivedStream(name);
  }

  private start(): void {
    this.catalog.refresh();
    this.head = this.headFile.readFirst(this.context.dataDirectory);
    this.visible = this.longestPrefix(this.head);
    this.takeRuns();
    if (this.options.watch) this.watch = this.fileSystem.watch(this.directory, () => this.poll());
    this.startTimer();
  }

  private startTimer(): void {
    this.timer = this.options.clock.setTimer(() => {
      this.poll();
      if (this.isOpen && this.failure === undefined) this.startTimer();
    }, this.options.pollIntervalMs);
  }

  private takeIn(head: Head): void {
    if (head.epoch !== this.head.epoch && !this.changeEpoch(head)) {
      this.standstill.note(this.catalog.stopReason);
      return;
    }
    const { visible, consumablePosition } = this;
    this.head = head;
    if (head.visible > visible) this.step();
    if (this.visible === visible && this.consumablePosition > consumablePosition) this.emit('advance', visible);
    const isStopped = head.visible > this.visible && !this.isStepScheduled;
    this.standstill.note(isStopped ? (this.catalog.stopReason ?? stopReason(this, this.visible + 1)) : undefined);
  }

  /** Takes in a bounded number of events, so that a long backlog does not block the process. */
  private step(): void {
    const { visible } = this;
    this.catalog.reaches(this.head);
    // Events that were dropped before they were taken in will not come: go on like a reader that is opened now.
    const isPassed = visible + 1 < this.segmentRecords.firstPosition;
    if (isPassed) this.visible = this.longestPrefix(this.head);
    const target = Math.min(this.head.visible, this.visible + eventsPerStep);
    const reached = this.scan(this.visible + 1, target);
    if (reached > visible) {
      this.visible = reached;
      if (isPassed || this.indexes.tailEntries > this.maxTailEntries) this.takeRuns();
      this.emit('advance', reached);
    }
    if (reached >= target && reached < this.head.visible) this.scheduleStep();
  }

  private scheduleStep(): void {
    if (this.isStepScheduled) return;
    this.isStepScheduled = true;
    setImmediate(() => {
      this.isStepScheduled = false;
      this.poll();
    });
  }

  /**
   * Checks the events from `first` to `last`, and on to the end of the last one's commit; adds them where the indexes
   * reach `first`. Returns the end of the last complete commit; a frame that is missing or damaged is only not there
   * *yet*.
   */
  private scan(first: number, last: number): number {
    const { scanner, indexes } = this;
    const isCatalogComplete = this.catalog.reaches(this.head);
    let position = first;
    let reached = first - 1;
    while ((position <= last || position - 1 > reached) && position <= this.head.visible) {
      if (!this.isReadable(position, isCatalogComplete)) break;
      const { frame, location } = scanner;
      this.chain.take(this.partition(location.partitionId)!, location.offset, frame);
      if (indexes.covered === frame.position - 1) this.indexFrame(scanner);
      position = frame.lastPosition + 1;
      if (frame.endsCommit) reached = frame.lastPosition;
    }
    return reached;
  }

  /** Whether the event is there and intact, and the catalog has what it takes to read it. */
  private isReadable(position: number, isCatalogComplete: boolean): boolean {
    const { scanner } = this;
    if (!scanner.trySeek(position) && !this.trySeekAnew(position)) return false;
    if (!isCatalogComplete) return scanner.isCovered();
    const { streamId } = scanner.frame;
    return (this.catalog.stream(streamId) ?? this.lookUpStream(streamId)) !== undefined;
  }

  /** Looks a second time: at segments that were added, and at files that were replaced under their names. */
  private trySeekAnew(position: number): boolean {
    const { positions, scanner } = this;
    this.pool.closeAll();
    positions.forgetFrom(position);
    const location = { partitionId: 0, offset: 0 };
    const isLocated = ifThere(() => positions.locate(position, location), false);
    if (isLocated) this.partition(location.partitionId)?.forgetFrom(location.offset);
    return scanner.trySeek(position);
  }

  /**
   * The longest prefix of what the head promises that is really there. Nearly always that is everything; a copy in
   * progress may have a newer head than data.
   */
  private longestPrefix(head: Head): number {
    const isCatalogComplete = this.catalog.reaches(head);
    const { fileSystem, positions, catalog, scanner: reader, segmentRecords } = this;
    const copy = { partition: this.partition.bind(this), isReplica: this.options.replica, isCatalogComplete };
    const files = { segmentRecords, fileSystem, positions, catalog, reader, ...copy };
    const end = endBeforeSeam(files, findDataEnd(files, head.visible), head.epoch);
    if (isCatalogComplete) return end;
    // The events before the current epoch existed when the catalog got its record, and need no later record.
    const known = head.epoch <= this.catalog.highestEpoch ? catalog.epochs.newestStart : 0;
    const first = Math.min(end, Math.max(known, segmentRecords.firstPosition - 1)) + 1;
    const last = Math.min(end, first - 1 + eventsPerStep);
    const reached = this.scan(first, last);
    if (reached >= last && last < end) this.scheduleStep();
    return reached;
  }

  /** Follows the writer that opened the store again. False while the catalog does not say where its epoch begins. */
  private changeEpoch(head: Head): boolean {
    assertSameStore(this.fileSystem, this.followed);
    if (head.epoch < this.head.epoch) throw storeReplaced(this.followed, `it is an older copy, of epoch ${head.epoch}`);
    if (!this.catalog.reaches(head)) return false;
    // The new writer may have cut back what was not durable: nothing that was cached is valid any more.
    this.catalog.forgetCached();
    this.positions.forgetCached();
    for (const partition of this.partitions) partition?.forgetCached();
    this.chain.reset();
    this.visible = Math.min(this.visible, head.visible, this.catalog.epochs.keptBetween(this.head.epoch, head.epoch));
    this.indexes.cutTo(this.visible);
    this.head = head;
    this.takeRuns();
    this.emit('rebase', this.visible);
    return true;
  }

  /** Uses the runs that the writer has made: what they cover need not be read from frames, nor kept in memory. */
  private takeRuns(): void {
    this.indexes.useRunsUnlessShorter(openRuns(this.context, this.visible, this.indexes.runList, this.history));
    // Where the writer is slow to make runs, looking for them again at every event would be slower still.
    this.maxTailEntries = this.indexes.tailEntries + entriesBetweenRuns;
  }

  private get followed(): FollowedStore {
    return { directory: this.directory, id: this.description.id, epoch: this.head.epoch };
  }

  /** Does not note a missing one: a damaged entry of the position index can have any number. */
  private openPartition(id: number): ReadablePartition | undefined {
    if (this.catalog.partition(id) === undefined) this.catalog.refresh();
    const name = this.catalog.partition(id)?.name;
    if (name === undefined) return undefined;
    return accessible(this.directory, () => (this.partitions[id] = new ReadablePartition(this.context, id, name)));
  }

  /** Reports an error while following, once, and stops following, because what comes after it cannot be trusted. */
  private fail(error: unknown): void {
    this.failure = errorOf(unavailable(this.directory, error));
    this.watch?.close();
    this.timer?.cancel();
    this.emit('error', this.failure);
  }
}
