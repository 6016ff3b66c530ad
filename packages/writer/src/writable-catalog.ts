/**
 * The catalog of a writer: adds new names and structures, and writes them before the frames that need them. Only the holder of
 * the writer's lock may use it.
 */
import {
  type CatalogContext,
  type CatalogRecord,
  type CatalogRecordFault,
  catalogRecordChecksum,
  encodeNameIndex,
  encodeCatalogRecord,
  encodeFileHeader,
  type IndexDefinition,
  nameCountsOf,
  type NamedEntry,
  nameIndexBody,
  nameTableOf,
  ReadableCatalog,
  replaceFile,
  type StreamMetadata,
} from '@varve/core/internal';
import { whenThereIsRoom } from './disk-full.ts';
import { WriteFile } from './write-file.ts';

/** New streams after which the name index is rewritten: at least this many, and at least this share of those it has. */
const minNewNames = 65_536;
const newNamesShare = 0.25;
/** When a store is closed with fewer new streams than this, these are left to be read from the catalog. */
const minNewNamesAtClose = 1024;

export class WritableCatalog extends ReadableCatalog {
  readonly file: WriteFile;
  private pending: Uint8Array[] = [];
  private hasNewStructures = false;
  nextPartitionId = 1;
  /** Why reading the existing file ended: at its end, or before a record that is not whole. */
  readonly end: CatalogRecordFault | 'whole';
  /** Bytes that were whole at that time; 0 without a header. */
  readonly wholeBytes: number;

  /** Reads the existing file; the caller cuts off what is not whole before anything is written. */
  constructor(context: CatalogContext, epoch: number) {
    super(context);
    try {
      this.end = this.refresh();
    } catch (error) {
      super.close();
      throw error;
    }
    this.wholeBytes = this.sizeBytes;
    this.file = new WriteFile(context.fileSystem, this.path, this.sizeBytes);
    for (const partition of this.partitions()) this.nextPartitionId = Math.max(this.nextPartitionId, partition.id + 1);
    if (this.sizeBytes === 0) {
      const header = { kind: 'catalog', partitionId: 0, baseOffset: 0, previous: 0, epoch } as const;
      const bytes = encodeFileHeader(header, context.seed);
      this.pending.push(bytes);
      this.endOffset = bytes.length;
    }
  }

  override close(): void {
    super.close();
    this.file.close();
  }

  /** The id that the next new stream gets. */
  get nextStreamId(): number {
    return this.nextId;
  }

  addStream(name: string, metadata: StreamMetadata | undefined): NamedEntry {
    const record = { kind: 'stream', id: this.nextId, name, metadata } as const;
    this.append(record);
    return record;
  }

  addPartition(name: string, metadata: StreamMetadata | undefined): NamedEntry {
    const record = { kind: 'partition', id: this.nextPartitionId++, name, metadata } as const;
    this.append(record);
    return record;
  }

  /** Adds the index of a type or tag that first occurs in the events of a commit. */
  addTerm(name: string, kind: 'type' | 'tag'): void {
    this.append(indexRecord(this.nextId, name, { kind }));
  }

  /** Records that events after position `behind` belong to this epoch or a later one. */
  beginEpoch(epoch: number, after: number): void {
    this.append({ kind: 'epoch', id: epoch, after });
  }

  /** Records that backfills which reach past `last` end there: the later events are lost now. */
  shortenBackfills(last: number): void {
    const longer = [...this.derived.withBackfill()].filter(({ definition }) => definition.backfill > last);
    for (const { id, name, definition } of longer) {
      this.append(indexRecord(id, name, { ...definition, backfill: last }));
    }
  }

  override add(keys: readonly string[]): void {
    this.hasNewStructures = true;
    this.append({ kind: 'structure', id: this.structures.length, keys: [...keys] });
  }

  /** The writer knows all structures, because nobody else adds any. */
  override load(): readonly (readonly string[])[] {
    return this.structures;
  }

  /**
   * Writes new records. Structures are made durable at once, before any frame that needs them is written: recovery notices when
   * a frame's stream is missing, but not when its payloads refer to keys that were lost.
   */
  flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Buffer.concat(this.pending);
    this.file.append(bytes, 0, bytes.length);
    this.pending = [];
    if (this.hasNewStructures) this.file.sync();
    this.hasNewStructures = false;
  }

  /**
   * Writes these records and makes them durable before they count. Throws `DISK_FULL` with nothing changed; after any other
   * failure nobody knows whether the file has them.
   */
  addDurably(records: readonly CatalogRecord[]): void {
    this.flush();
    let previous = this.lastChecksum;
    const encoded = records.map((record) => {
      const bytes = encodeCatalogRecord(record, previous, this.context.seed);
      previous = catalogRecordChecksum(bytes);
      return bytes;
    });
    const bytes = Buffer.concat(encoded);
    this.file.append(bytes, 0, bytes.length);
    this.file.sync();
    for (const [index, record] of records.entries()) this.take(record, encoded[index]!);
  }

  /** Rewrites the name index when it lacks many streams; all must have been flushed. */
  indexNamesWhenDue(isClosing: boolean): void {
    const { recentCount, indexedCount } = this.names;
    const due = isClosing ? minNewNamesAtClose : Math.max(minNewNames, indexedCount * newNamesShare);
    // Without room on the disk, the names stay in memory, and are read from the catalog.
    if (recentCount >= due || (isClosing && this.hasDamagedIndex)) whenThereIsRoom(() => this.indexNames());
  }

  /** Rewrites the name index, from what was read of the old one and checked, and from the catalog. */
  reindexNames(): void {
    const { recentCount, indexedCount } = this.names;
    if (indexedCount > 0 || recentCount >= minNewNamesAtClose) this.indexNames();
  }

  private indexNames(): void {
    const { fileSystem, seed } = this.context;
    const { endOffset: covers, lastChecksum, nextId, otherOffsets } = this;
    const contents = this.names.buildIndex({ covers, lastChecksum, nextId, otherOffsets });
    const body = nameIndexBody(contents, nameCountsOf(contents));
    const bytes = encodeNameIndex(contents, seed, body);
    const path = this.nameIndexPath(covers);
    replaceFile(fileSystem, path, bytes, { isDurable: true });
    this.useNameIndex(nameTableOf(contents, body));
    this.hasDamagedIndex = false;
    for (const other of this.nameIndexes()) {
      if (other !== covers) fileSystem.remove(this.nameIndexPath(other));
    }
  }

  /**
   * Removes name indexes that reach past what recovery kept of the catalog: they would be taken as valid once the catalog has
   * grown past them. The caller makes the removal durable.
   */
  removeStaleNameIndexes(): void {
    for (const covers of this.nameIndexes()) {
      if (covers > this.sizeBytes) this.context.fileSystem.remove(this.nameIndexPath(covers));
    }
  }

  private append(record: CatalogRecord): void {
    const bytes = encodeCatalogRecord(record, this.lastChecksum, this.context.seed);
    this.pending.push(bytes);
    this.take(record, bytes);
  }

  private take(record: CatalogRecord, bytes: Uint8Array): void {
    this.lastChecksum = catalogRecordChecksum(bytes);
    this.apply(record, this.endOffset);
    this.endOffset += bytes.length;
  }
}

/** The record of an index other than a write stream; with the id of an existing one, it replaces the record of that. */
export function indexRecord(id: number, name: string, definition: IndexDefinition): CatalogRecord {
  return { kind: 'index', id, name, metadata: { ...definition } };
}
