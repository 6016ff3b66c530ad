/**
 * A storage that follows the files of a writer in another process, or of a copy. It is never wrong, only behind: it
 * shows the longest prefix of positions that is all there and valid. Whatever wakes it, it reads the head and takes
 * in what is new; a timer wakes it always. It writes nothing.
 */
import { type Timer } from '../clock/clock.ts';
import { VarveError } from '../errors.ts';
import { emptyHead, type Head } from '../format/head.ts';
import type { Watch } from '../file-system/file-system.ts';
import type { DerivedDefinition, IndexEntry, TermFamily } from './derived-indexes.ts';
import { findDataEnd } from './data-end.ts';
import { EventReader } from './event-reader.ts';
import { FrameChain } from './frame-chain.ts';
import { HeadFile } from './head-file.ts';
import { resolveReadOptions, type ReadOptions } from './read-options.ts';
import { ReadableCatalog, type NamedEntry } from './readable-catalog.ts';
import { ReadablePartition } from './readable-partition.ts';
import { ReadablePositionIndex } from './readable-position-index.ts';
import { ReadableStorage } from './readable-storage.ts';
import { accessible, findStore, requireStore } from './store-description.ts';

/** Events taken in before other work of the process gets a turn. */
const eventsPerStep = 8192;
/** Postings that are collected in memory before new runs are looked for. */
const entriesBetweenRuns = 262_144;

export class ReadOnlyStorage extends ReadableStorage {
  readonly catalog: ReadableCatalog;
  readonly positions: ReadablePositionIndex;
  private readonly headFile: HeadFile;
  private readonly partitions: (ReadablePartition | undefined)[] = [];
  private readonly scanner: EventReader;
  private readonly chain = new FrameChain();
  private head: Head = emptyHead;
  private visible = 0;
  private watch: Watch | undefined;
  private timer: Timer | undefined;
  private isStepScheduled = false;
  private maxTailEntries = entriesBetweenRuns;

  /** Opens the store in `directory`. Throws `STORE_MISSING` when there is none. */
  constructor(directory: string, options: ReadOptions = {}) {
    const resolved = resolveReadOptions(options);
    super(directory, resolved, requireStore(resolved.fileSystem, directory));
    this.catalog = new ReadableCatalog(this.context);
    this.positions = new ReadablePositionIndex(this.context.indexDirectory, this.fileSystem, this.cache);
    this.headFile = new HeadFile(directory, this.fileSystem, this.seed, !resolved.watch);
    this.scanner = new EventReader(this);
    accessible(directory, () => this.start());
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

  /** Position of the last event that the writer has synced, as far as this process has heard. */
  get durablePosition(): number {
    return Math.min(this.head.durable, this.visible);
  }

  /** The epoch of the writer that was followed last. */
  get epoch(): number {
    return this.head.epoch;
  }

  partition(id: number): ReadablePartition | undefined {
    return (this.partitions[id] ??= this.openPartition(id));
  }

  override streamNamed(name: string): NamedEntry | undefined {
    const known = super.streamNamed(name);
    if (known !== undefined) return known;
    this.catalog.refresh();
    return super.streamNamed(name);
  }

  override termFamily(kind: 'types' | 'tags'): TermFamily | undefined {
    this.refreshCatalog();
    return super.termFamily(kind);
  }

  /** Looks at the head now, and takes in what is new. Emits `advance` when there is something. */
  poll(): void {
    if (!this.isOpen) return;
    try {
      const head = this.readHead();
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
    // It may have been removed, or another one made under its name.
    if (this.catalog.derived.streamNamed(name) !== undefined) this.refreshCatalog();
    return super.derivedStream(name);
  }

  /**
   * Reads what the writer added to the catalog, as far as the head tells of it. False when that is not there yet: in a
   * copy that is being made, the catalog may be older than the head.
   */
  private refreshCatalog(): boolean {
    const { head, catalog } = this;
    if (head.catalogBytes > catalog.sizeBytes) catalog.refresh();
    return catalog.sizeBytes >= head.catalogBytes;
  }

  private start(): void {
    this.catalog.refresh();
    this.head = this.headFile.read() ?? emptyHead;
    this.visible = this.longestPrefix(this.head);
    this.takeRuns();
    const { options } = this;
    if (options.watch) this.watch = this.fileSystem.watch(this.directory, () => this.poll());
    this.startTimer();
  }

  private startTimer(): void {
    this.timer = this.options.clock.setTimer(() => {
      this.poll();
      if (this.isOpen) this.startTimer();
    }, this.options.pollIntervalMs);
  }

  /** The head as it is now; undefined while there is none, although the store is still the same. */
  private readHead(): Head | undefined {
    let head: Head | undefined;
    try {
      head = this.headFile.read();
    } catch (error) {
      // The head of another store looks like a damaged one.
      this.assertSameStore();
      throw error;
    }
    if (head === undefined) this.assertSameStore();
    return head;
  }

  private takeIn(head: Head): void {
    if (head.epoch !== this.head.epoch) this.changeEpoch(head);
    const { consumablePosition } = this;
    this.head = head;
    if (head.visible > this.visible) this.step();
    else if (this.consumablePosition > consumablePosition) this.emit('advance', this.visible);
  }

  /** Takes in a bounded number of events, so that a long backlog does not hold up the process. */
  private step(): void {
    const target = Math.min(this.head.visible, this.visible + eventsPerStep);
    const reached = this.scan(this.visible + 1, target);
    if (reached > this.visible) {
      this.visible = reached;
      if (this.indexes.tailEntries > this.maxTailEntries) this.takeRuns();
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
   * reach `first`. Returns the end of the last commit that is all there; a frame that is missing or not whole is only
   * not there *yet*.
   */
  private scan(first: number, last: number): number {
    const { scanner, indexes } = this;
    const isCatalogComplete = this.refreshCatalog();
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

  /** Whether the event is there, whole, and the catalog has what it takes to read it. */
  private isReadable(position: number, isCatalogComplete: boolean): boolean {
    const { scanner } = this;
    if (!scanner.trySeek(position) && !this.trySeekAnew(position)) return false;
    if (!isCatalogComplete) return scanner.isCovered();
    const { streamId } = scanner.frame;
    return (this.catalog.stream(streamId) ?? this.lookUpStream(streamId)) !== undefined;
  }

  /** The second look: at segments that were added, and at files that were replaced under their names. */
  private trySeekAnew(position: number): boolean {
    this.pool.closeAll();
    for (const partition of this.partitions) partition?.findSegments();
    return this.scanner.trySeek(position);
  }

  /**
   * The longest prefix of what the head promises that is really there. Everything, nearly always: a copy that is
   * being made may have a newer head than data.
   */
  private longestPrefix(head: Head): number {
    const isCatalogComplete = this.refreshCatalog();
    const { fileSystem, positions, scanner: reader, catalog, segments } = this;
    const partitionIds = Array.from(catalog.partitions(), ({ id }) => id);
    const partition = (id: number): ReadablePartition | undefined => this.partition(id);
    const end = findDataEnd({ segments, fileSystem, positions, partitionIds, partition, reader }, head.visible);
    return isCatalogComplete ? end : this.scan(this.segments.firstPosition, end);
  }

  private changeEpoch(head: Head): void {
    this.assertSameStore();
    if (head.epoch < this.head.epoch) throw this.replaced(`it is an older copy, of epoch ${head.epoch}`);
    // The new writer may have cut back what was not durable: nothing that was cached counts any more.
    this.catalog.forgetCached();
    this.positions.forgetCached();
    for (const partition of this.partitions) partition?.forgetCached();
    this.indexes.reset();
    this.chain.reset();
    if (head.visible < this.visible) this.visible = head.visible;
    this.head = head;
    this.takeRuns();
    this.emit('rebase', this.visible);
  }

  /** Takes the runs that the writer has made: what they cover need not be read from frames, nor kept in memory. */
  private takeRuns(): void {
    this.useRunsOnDisk(this.visible);
    // Where the writer is slow to make runs, looking for them again at every event would be slower still.
    this.maxTailEntries = this.indexes.tailEntries + entriesBetweenRuns;
  }

  private assertSameStore(): void {
    const found = findStore(this.fileSystem, this.directory)?.id;
    if (found === undefined) throw this.replaced('it was removed');
    if (found !== this.description.id) throw this.replaced(`it is the store ${found}`);
  }

  private replaced(found: string): VarveError {
    return new VarveError(
      'STORE_REPLACED',
      `The store in ${this.directory} is not the one that was opened any more: ${found}.`,
      {
        path: this.directory,
        expected: `store ${this.description.id}, epoch ${this.head.epoch} or later`,
        found,
        hint: 'Close this reader and open the store anew, after checking which of the two you want.',
      },
    );
  }

  private openPartition(id: number): ReadablePartition | undefined {
    if (this.catalog.partition(id) === undefined) this.catalog.refresh();
    const entry = this.catalog.partition(id);
    return entry === undefined ? undefined : new ReadablePartition(this.context, id, entry.name);
  }

  /** An error while following: reported once, and following ends, because what comes after it cannot be trusted. */
  private fail(error: unknown): void {
    this.watch?.close();
    this.timer?.cancel();
    this.emit('error', error instanceof Error ? error : new Error(String(error)));
  }
}
