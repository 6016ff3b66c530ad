/**
 * Names and ids of streams and partitions, and the codec's structures, as read from the catalog file. A reader reads on
 * from where it stopped when it meets an id or a name that it does not know. Streams that the name index covers are
 * read when they are requested. Layout: docs/format.md, "Catalog".
 */
import type { StructureRegistry } from '../codec/msgpackr-codec.ts';
import { CorruptionError, hasErrorCode } from '../errors.ts';
import {
  type CatalogRecord,
  type CatalogRecordFault,
  decodeCatalogRecord,
  isSegmentsRecord,
} from '../format/catalog-record.ts';
import { viewOf } from '../format/checksum.ts';
import { decodeFileHeader, fileHeaderBytes } from '../format/file-header.ts';
import { fileNames, nameIndexFileName, parseNameIndexFileName } from '../format/file-names.ts';
import type { NameIndexContents } from '../format/name-index.ts';
import { type FileHandle, type FileSystem, openIfThere, readFully } from '../file-system/file-system.ts';
import type { BlockCache } from './block-cache.ts';
import { CatalogRecords } from './catalog-records.ts';
import { DerivedIndexes } from './derived-indexes.ts';
import { EpochStarts } from './epoch-starts.ts';
import type { NameTable } from './name-table.ts';
import { namesInCatalog } from './names-in-catalog.ts';
import { openNameTable } from './open-name-table.ts';
import type { SegmentRecords } from './segment-records.ts';
import { StreamNames } from './stream-names.ts';

export type StreamMetadata = Readonly<Record<string, unknown>>;

export interface NamedEntry {
  readonly id: number;
  readonly name: string;
  readonly metadata: StreamMetadata | undefined;
}

/** Where a catalog is, and how it is read. */
export interface CatalogContext {
  readonly directory: string;
  /** Receives the catalog's records of segments. */
  readonly segmentRecords: SegmentRecords;
  /** Where its name indexes are. */
  readonly indexDirectory: string;
  readonly fileSystem: FileSystem;
  readonly cache: BlockCache;
  readonly seed: number;
}

export class ReadableCatalog implements StructureRegistry {
  readonly path: string;
  protected readonly context: CatalogContext;
  protected readonly structures: (readonly string[])[] = [];
  protected readonly names: StreamNames;
  /** Where the epochs began. */
  readonly epochs = new EpochStarts();
  /** Indexes other than the write streams. */
  readonly derived = new DerivedIndexes();
  /** End of the last whole record, and its checksum. */
  protected endOffset = 0;
  protected lastChecksum = 0;
  /** Offsets of the records that are not streams. */
  protected readonly otherOffsets: number[] = [];
  /** One more than the largest id of a stream or index. */
  protected nextId = 1;
  /** Whether a piece of the name index was found to be damaged, and all of it was rebuilt in memory. */
  protected hasDamagedIndex = false;
  private readonly records: CatalogRecords;
  private readonly partitionsById: (NamedEntry | undefined)[] = [];
  private readonly partitionsByName = new Map<string, NamedEntry>();

  constructor(context: CatalogContext) {
    this.context = context;
    this.path = `${context.directory}/${fileNames.catalog}`;
    this.records = new CatalogRecords(context, this.path);
    this.names = new StreamNames((offset, id) => this.records.stream(offset, id));
  }

  /** Bytes of whole records that are known, including the file header. */
  get sizeBytes(): number {
    return this.endOffset;
  }

  get streamCount(): number {
    return this.names.count;
  }

  streams(): Iterable<NamedEntry> {
    return this.names.all();
  }

  /** The streams with ids above `id`, in the order of their creation. */
  streamsAfter(id: number): Iterable<NamedEntry> {
    return this.names.between(id, this.nextId);
  }

  get partitionCount(): number {
    return this.partitionsByName.size;
  }

  partitions(): Iterable<NamedEntry> {
    return this.partitionsByName.values();
  }

  /** The stream with this name, as far as the catalog was read; `refresh` looks for later ones. */
  streamNamed(name: string): NamedEntry | undefined {
    return this.names.named(name);
  }

  stream(id: number): NamedEntry | undefined {
    return this.names.withId(id);
  }

  /** Whether the stream or index with this id was already read: ids are assigned in ascending order. */
  hasId(id: number): boolean {
    return id < this.nextId;
  }

  partitionNamed(name: string): NamedEntry | undefined {
    return this.partitionsByName.get(name);
  }

  partition(id: number): NamedEntry | undefined {
    return this.partitionsById[id];
  }

  load(): readonly (readonly string[])[] {
    this.refresh();
    return this.structures;
  }

  add(_keys: readonly string[]): void {
    throw new Error('A reader never adds structures');
  }

  /** Closes the file of the name index. */
  close(): void {
    this.names.close();
  }

  /** Forgets cached bytes, because the file may have been replaced. */
  forgetCached(): void {
    this.records.forgetCached();
  }

  /**
   * Reads the records that were appended since. Stops before an incomplete record, because the writer may be writing
   * it; the result says why it stopped, or 'whole' at the end of the file.
   */
  refresh(): CatalogRecordFault | 'whole' {
    const file = openIfThere(this.context.fileSystem, this.path);
    if (file === undefined) return 'short';
    try {
      const size = file.sizeBytes();
      if (this.endOffset === 0) this.loadNameIndex(file, size);
      if (size <= this.endOffset) return size < this.endOffset ? 'short' : 'whole';
      const bytes = new Uint8Array(size - this.endOffset);
      const length = readFully(file, bytes, 0, bytes.length, this.endOffset);
      return this.parse(bytes, length);
    } finally {
      file.close();
    }
  }

  /** Enters the record at `offset` into the maps. */
  protected apply(record: CatalogRecord, offset: number): void {
    if (record.kind === 'stream') {
      this.names.add(record, offset);
      this.nextId = Math.max(this.nextId, record.id + 1);
      return;
    }
    this.otherOffsets.push(offset);
    if (record.kind === 'epoch') {
      this.epochs.add({ epoch: record.id, after: record.after });
    } else if (record.kind === 'structure') {
      this.structures[record.id] = record.keys;
    } else if (record.kind === 'partition') {
      this.partitionsById[record.id] = record;
      this.partitionsByName.set(record.name, record);
    } else if (isSegmentsRecord(record)) {
      this.context.segmentRecords.apply(record, this.path);
    } else {
      this.derived.apply(record);
      this.nextId = Math.max(this.nextId, record.id + 1);
    }
  }

  /** Name indexes on disk, by the offset of the catalog up to which each one reaches. */
  protected nameIndexes(): number[] {
    return (this.context.fileSystem.list(this.context.indexDirectory) ?? [])
      .map(parseNameIndexFileName)
      .filter((covers) => covers !== undefined)
      .sort((left, right) => right - left);
  }

  protected nameIndexPath(covers: number): string {
    return `${this.context.indexDirectory}/${nameIndexFileName(covers)}`;
  }

  protected useNameIndex(index: NameTable): void {
    this.names.use(index);
    this.nextId = Math.max(this.nextId, index.header.nextId);
  }

  /** Starts from the newest intact name index that this catalog reaches. */
  private loadNameIndex(catalog: FileHandle, catalogBytes: number): void {
    const { fileSystem, seed } = this.context;
    for (const covers of this.nameIndexes().filter((end) => end <= catalogBytes)) {
      const index = openNameTable(fileSystem, this.nameIndexPath(covers), seed, () => this.makeNamesAgain(covers));
      if (index === undefined) continue;
      if (index.header.covers !== covers || !endsWith(catalog, index, seed)) {
        index.close();
        continue;
      }
      this.useNameIndex(index);
      for (const other of index.othersInOrder()) this.apply(this.records.other(other), other.offset);
      this.endOffset = covers;
      this.lastChecksum = index.header.lastChecksum;
      return;
    }
  }

  /** Rebuilds the contents of a name index whose numbers are damaged, from the records. */
  private makeNamesAgain(covers: number): NameIndexContents {
    this.hasDamagedIndex = true;
    return namesInCatalog(this.context, this.path, covers);
  }

  private parse(bytes: Uint8Array, length: number): CatalogRecordFault | 'whole' {
    let at = 0;
    const { seed } = this.context;
    if (this.endOffset === 0) {
      const header = decodeFileHeader(bytes, length, 'catalog', seed);
      if (header === 'short') return 'short';
      if (typeof header === 'string') {
        throw new CorruptionError(`The header of ${this.path} is damaged (${header}).`, { path: this.path, offset: 0 });
      }
      this.endOffset = fileHeaderBytes;
      at = fileHeaderBytes;
    }
    const view = viewOf(bytes);
    while (at < length) {
      const decoded = decodeCatalogRecord(bytes, at, length, seed, view);
      if (typeof decoded === 'string') return decoded;
      if (decoded.previous !== this.lastChecksum) throw this.brokenChain();
      this.apply(decoded.record, this.endOffset);
      this.lastChecksum = decoded.checksum;
      this.endOffset += decoded.end - at;
      at = decoded.end;
    }
    return 'whole';
  }

  private brokenChain(): CorruptionError {
    return new CorruptionError(
      `The record at byte ${this.endOffset} of ${this.path} does not follow the one before it: the file was spliced.`,
      { path: this.path, offset: this.endOffset },
    );
  }
}

/** Whether this catalog has the last record that the name index covers. */
function endsWith(catalog: FileHandle, index: NameTable, seed: number): boolean {
  try {
    const offset = index.lastOffset();
    const bytes = new Uint8Array(Math.max(0, index.header.covers - offset));
    const record = decodeCatalogRecord(bytes, 0, readFully(catalog, bytes, 0, bytes.length, offset), seed);
    return typeof record !== 'string' && record.checksum === index.header.lastChecksum;
  } catch (error) {
    if (hasErrorCode(error, 'CORRUPTION')) return false;
    throw error;
  }
}
