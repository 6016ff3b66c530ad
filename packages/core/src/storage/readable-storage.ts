/**
 * What reading and writing processes share: the open files of a store, and the way from a position or a stream to
 * events. `WritableStorage` adds appending, `ReadOnlyStorage` adds following another process.
 *
 * Invariant: nothing after `visiblePosition` is ever handed out, and everything up to it can be read or throws.
 */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { type Codec, createCodec } from '../codec/codec.ts';
import { type Compressor, createCompressor } from '../codec/compressor.ts';
import { CorruptionError, VarveError } from '../errors.ts';
import { checksumSeed } from '../format/checksum.ts';
import { fileNames } from '../format/file-names.ts';
import type { StoreDescription } from '../format/store-file.ts';
import { toPosition } from '../position.ts';
import { shown } from '../shown.ts';
import { FilePool } from '../file-system/file-pool.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { BlockCache } from './block-cache.ts';
import { CategoryRegistry } from './category-registry.ts';
import { callHook, noMetadata, onDemand } from './demand.ts';
import type { DerivedDefinition, IndexEntry, TermFamily, TermsDefinition } from './derived-indexes.ts';
import { EventReader, type StoredEvent } from './event-reader.ts';
import { IndexSet } from './index-set.ts';
import { notVisible } from './not-visible.ts';
import { openBackfill } from './open-backfill.ts';
import { openRuns } from './open-runs.ts';
import type { PositionSequence } from './position-sequence.ts';
import type { ResolvedReadOptions } from './read-options.ts';
import type { ReindexResult } from './reindex-result.ts';
import type { NamedEntry, ReadableCatalog } from './readable-catalog.ts';
import type { StoreContext, ReadablePartition } from './readable-partition.ts';
import type { ReadablePositionIndex } from './readable-position-index.ts';
import { SegmentRecords } from './segment-records.ts';
import type { StorageEvents } from './storage-events.ts';
import { StoreHistory } from './store-history.ts';
import { findPlaces, type StorePlaces } from './store-places.ts';
import { UpcasterChains } from './upcasters.ts';

export abstract class ReadableStorage extends EventEmitter<StorageEvents> {
  readonly directory: string;
  readonly options: ResolvedReadOptions;
  readonly description: StoreDescription;
  readonly codec: Codec;
  /** What frames are compressed with; undefined when they are not. */
  readonly compressor: Compressor | undefined;
  readonly commitIdPrefix: string;
  readonly history = new StoreHistory(this);
  /** Brings events to the current version of their type; undefined when there is nothing to do. */
  readonly upcasters: UpcasterChains | undefined;
  protected readonly fileSystem: FileSystem;
  protected readonly pool: FilePool;
  protected readonly cache: BlockCache;
  /** The seed of this store's checksums. */
  readonly seed: number;
  protected readonly context: StoreContext;
  segmentRecords: SegmentRecords;
  protected readonly indexes = new IndexSet(() => this.indexVisible());
  private readonly categories = new CategoryRegistry();
  /** Whether these events have listeners: work for each event must cost nothing when there are none. */
  hasReadHooks = false;
  hasCommitHooks = false;
  hasCommitListeners = false;
  /** Number of times that another writer opened the store: what was read before may be gone. */
  rebases = 0;
  /** Consumers that are to be stopped before this is closed. */
  readonly running = new Set<{ stop(): Promise<void> }>();
  private isOpenNow = true;
  private indexReader: EventReader | undefined;
  private documentReader: EventReader | undefined;
  abstract readonly catalog: ReadableCatalog;
  abstract readonly positions: ReadablePositionIndex;

  constructor(directory: string, options: ResolvedReadOptions, description: StoreDescription, places?: StorePlaces) {
    super();
    // One listener for each consumer and live stream: no leak, however many.
    this.setMaxListeners(0);
    this.on('rebase', () => this.rebases++);
    onDemand(this, 'preRead', (isWanted) => (this.hasReadHooks = isWanted));
    onDemand(this, 'preCommit', (isWanted) => (this.hasCommitHooks = isWanted));
    onDemand(this, 'commit', (isWanted) => (this.hasCommitListeners = isWanted));
    this.directory = directory;
    this.options = options;
    this.description = description;
    this.fileSystem = options.fileSystem;
    this.seed = checksumSeed(description.id);
    this.commitIdPrefix = `${description.id.slice(0, 12)}-`;
    this.compressor = createCompressor(description.compression, directory);
    this.upcasters = UpcasterChains.of(options.upcasters);
    this.pool = new FilePool(this.fileSystem, options.maxOpenFiles);
    this.cache = new BlockCache(this.pool, options.readCacheBytes);
    this.segmentRecords = new SegmentRecords(description.id, options.archiveDirectory, () => this.catalog.refresh());
    const { fileSystem, pool, cache, seed, segmentRecords } = this;
    const { dataDirectory, indexDirectory } = places ?? findPlaces(directory, options, description);
    this.context = { directory, dataDirectory, indexDirectory, segmentRecords, fileSystem, pool, cache, seed };
    const structures = { load: () => this.catalog.load(), add: (keys: readonly string[]) => this.catalog.add(keys) };
    this.codec = createCodec(description.codec, options.serializer, structures, directory);
  }

  /** Position of the last event that may be read. */
  abstract get visiblePosition(): number;
  /** Position of the last event that other processes may see: what consumers may take into their state. */
  abstract get publishedPosition(): number;

  /** Position of the last event that was synced to the medium, as far as this process knows. */
  abstract get durablePosition(): number;

  /** Position up to which consumers read: in a copy from another machine, only what that machine cannot lose. */
  get consumablePosition(): number {
    return this.publishedPosition;
  }

  /** Position up to which the writer has published, as far as is known here. A reader that is behind shows less. */
  get promisedPosition(): number {
    return this.publishedPosition;
  }

  /** The failure after which nothing more comes; undefined while all is well. */
  abstract get fatalError(): Error | undefined;
  /** The epoch of the writer whose events these are. */
  abstract get epoch(): number;
  /** Events of a higher epoch are not part of what is visible. */
  get highestEpoch(): number {
    return Infinity;
  }

  /** The partition with this id, or undefined when the catalog does not know it. */
  abstract partition(id: number): ReadablePartition | undefined;

  get isOpen(): boolean {
    return this.isOpenNow;
  }

  get consumerDirectory(): string {
    return this.options.consumerDirectory ?? `${this.directory}/${fileNames.consumers}`;
  }

  /** The stream with this name, looking for names added since; undefined when there is none. */
  streamNamed(name: string): NamedEntry | undefined {
    // A derived stream may have the name of a write stream whose only commit was lost in a crash.
    return this.derivedStream(name) ?? this.catalog.streamNamed(name);
  }

  /** Whether the catalog has a derived stream of this name that cannot be read here yet. */
  isAwaited(name: string): boolean {
    const index = this.catalog.derived.streamNamed(name);
    return index !== undefined && !this.isBackfilled(index);
  }

  /** All indexes of types, or of tags; undefined when the store keeps none. */
  termFamily(kind: 'types' | 'tags'): TermFamily | undefined {
    const family = this.catalog.derived.family(kind);
    return family !== undefined && this.isBackfilled(family) ? family : undefined;
  }

  /** The partition with this name, looking for names added since; undefined when there is none. */
  partitionNamed(name: string): NamedEntry | undefined {
    const known = this.catalog.partitionNamed(name);
    if (known !== undefined) return known;
    this.catalog.refresh();
    return this.catalog.partitionNamed(name);
  }

  streamName(id: number): string {
    const stream = this.catalog.stream(id) ?? this.lookUpStream(id);
    if (stream !== undefined) return stream.name;
    const { path } = this.catalog;
    throw new CorruptionError(`The catalog ${path} has no stream with the id ${id}.`, { path, found: id });
  }

  /** Ids of the known streams of a category, which include all with visible events; later ones are appended. */
  categoryStreamIds(category: string): readonly number[] {
    return this.categories.streamIds(this.catalog, category);
  }

  /** Number of events in the stream with this id. */
  streamVersion(id: number): number {
    return this.streamVersionAt(id, this.visiblePosition);
  }

  /** Positions of the stream's events with versions `from..to`, both included. */
  streamPositions(id: number, from: number, to: number): PositionSequence {
    this.indexVisible();
    return this.indexes.positions(id, from, to);
  }

  /** Number of events of the stream at or before `position`. */
  streamVersionAt(id: number, position: number): number {
    this.indexVisible();
    return this.indexes.countUpTo(id, position);
  }

  /** One event by position. Throws `INVALID_CURSOR` when it is not visible. */
  readEvent(position: number): StoredEvent {
    this.assertOpen();
    if (!Number.isInteger(position) || position < 1 || position > this.visiblePosition) {
      throw notVisible(this.directory, position, this.visiblePosition);
    }
    const reader = (this.documentReader ??= new EventReader(this));
    reader.seek(position);
    return { stream: reader.stream(), payload: reader.payload(), metadata: reader.metadata() };
  }

  /** Calls the listeners of `preRead` for an event that is about to be handed out. */
  callReadHooks(position: number, streamId: number, partitionId: number): void {
    const metadata = this.catalog.stream(streamId)?.metadata ?? this.catalog.partition(partitionId)?.metadata;
    callHook(this, 'preRead', toPosition(position), metadata ?? noMetadata);
  }

  /** Rebuilds what is derived from frames, after `from`: in the process that writes. Others throw `READ_ONLY`. */
  reindex(_from = 0): ReindexResult {
    throw new VarveError('READ_ONLY', `The store ${this.directory} was opened for reading only.`, {
      path: this.directory,
      hint: 'Reindex in the process that has it open for writing.',
    });
  }

  /** The few facts that JSON and `console.log` show. */
  toJSON(): object {
    return { directory: this.directory, position: this.visiblePosition, isOpen: this.isOpen };
  }

  [inspect.custom](): string {
    return shown(this);
  }

  /** Lets the consumers that are running save and stop. */
  async stopConsumers(): Promise<void> {
    await Promise.all([...this.running].map((consumer) => consumer.stop()));
  }

  assertOpen(): void {
    if (!this.isOpenNow) throw this.closedError('Open it again.');
  }

  close(): void {
    if (!this.isOpenNow) return;
    this.isOpenNow = false;
    for (const opened of [this.indexes, this.catalog]) opened.close();
    this.pool.closeAll();
    this.emit('close');
  }

  protected closedError(hint: string): VarveError {
    return new VarveError('STORE_CLOSED', `The store ${this.directory} was closed.`, { path: this.directory, hint });
  }

  protected derivedStream(name: string): IndexEntry<DerivedDefinition> | undefined {
    const index = this.catalog.derived.streamNamed(name);
    return index !== undefined && this.isBackfilled(index) ? index : undefined;
  }

  /**
   * Whether the index can be read here. Not yet, when this process does not see as far as the events that the index was
   * built over: a reader that is behind is behind in this, too.
   */
  protected isBackfilled({ id, name, definition }: IndexEntry<DerivedDefinition | TermsDefinition>): boolean {
    const { backfill } = definition;
    if (backfill === 0 || this.indexes.hasBackfill(id)) return true;
    if (backfill > this.visiblePosition) return false;
    const run = openBackfill(this.context, { id, name }, backfill, this.options.replica);
    if (run === undefined) return false;
    this.indexes.addBackfill(id, run);
    return true;
  }

  /** Brings the indexes up to the visible position, by reading the frames that they do not cover yet. */
  protected indexVisible(): void {
    this.indexUpTo(this.visiblePosition);
  }

  protected indexUpTo(visible: number): void {
    const { indexes, segmentRecords, context, history } = this;
    const isDamaged = indexes.runList.some((run) => run.isDamaged);
    if (indexes.covered >= visible && !isDamaged) return;
    // A damaged run may have been rebuilt since, and others with it. Of dropped events only runs have what is left; in a copy
    // in progress, one of them may also reach beyond the data.
    if (isDamaged || indexes.covered + 1 < segmentRecords.firstPosition) {
      const limit = segmentRecords.firstPosition > 1 ? Infinity : visible;
      indexes.useRuns(openRuns(context, limit, isDamaged ? [] : indexes.runList, history));
    }
    segmentRecords.assertIndexed(indexes.covered, context.indexDirectory);
    const reader = (this.indexReader ??= new EventReader(this));
    for (let position = indexes.covered + 1; position <= visible; position = reader.frame.lastPosition + 1) {
      reader.find(position);
      this.indexFrame(reader);
    }
    if (indexes.covered < visible) indexes.coverTo(visible);
  }

  /** Adds the frame under `reader` to the indexes. */
  protected indexFrame({ frame }: EventReader): void {
    this.indexes.addFrame(frame);
  }

  protected lookUpStream(id: number): NamedEntry | undefined {
    this.catalog.refresh();
    return this.catalog.stream(id);
  }
}
