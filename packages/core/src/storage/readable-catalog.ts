/**
 * Names and ids of streams and partitions, and the codec's structures, as read from the catalog file. A reader reads
 * on from where it was, when it meets an id or a name that it does not know. Layout: docs/format.md, "Catalog".
 */
import type { StructureRegistry } from '../codec/msgpackr-codec.ts';
import { CorruptionError } from '../errors.ts';
import { type CatalogRecord, type CatalogRecordFault, decodeCatalogRecord } from '../format/catalog-record.ts';
import { decodeFileHeader, fileHeaderBytes } from '../format/file-header.ts';
import { fileNames } from '../format/file-names.ts';
import { type FileSystem, readFully } from '../file-system/file-system.ts';

export type StreamMetadata = Readonly<Record<string, unknown>>;

export interface NamedEntry {
  readonly id: number;
  readonly name: string;
  readonly metadata: StreamMetadata | undefined;
}

export class ReadableCatalog implements StructureRegistry {
  readonly path: string;
  protected readonly fileSystem: FileSystem;
  protected readonly seed: number;
  protected readonly structures: (readonly string[])[] = [];
  /** End of the last whole record, and its checksum. */
  protected endOffset = 0;
  protected lastChecksum = 0;
  private readonly streamsById: (NamedEntry | undefined)[] = [];
  private readonly streamsByName = new Map<string, NamedEntry>();
  private readonly partitionsById: (NamedEntry | undefined)[] = [];
  private readonly partitionsByName = new Map<string, NamedEntry>();

  constructor(directory: string, fileSystem: FileSystem, seed: number) {
    this.path = `${directory}/${fileNames.catalog}`;
    this.fileSystem = fileSystem;
    this.seed = seed;
  }

  /** Bytes of whole records that have been read, with the file header. */
  get sizeBytes(): number {
    return this.endOffset;
  }

  get streamCount(): number {
    return this.streamsByName.size;
  }

  streams(): IterableIterator<NamedEntry> {
    return this.streamsByName.values();
  }

  partitions(): IterableIterator<NamedEntry> {
    return this.partitionsByName.values();
  }

  /** The stream with this name as far as it was read; `refresh` looks for later ones. */
  streamNamed(name: string): NamedEntry | undefined {
    return this.streamsByName.get(name);
  }

  stream(id: number): NamedEntry | undefined {
    return this.streamsById[id];
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

  /**
   * Reads the records that were appended since. Stops before a record that is not whole, because it may be just
   * being written; the result says why it stopped, or 'whole' at the end of the file.
   */
  refresh(): CatalogRecordFault | 'whole' {
    if (this.fileSystem.stat(this.path) === undefined) return 'short';
    const file = this.fileSystem.open(this.path, 'read');
    try {
      const size = file.sizeBytes();
      if (size <= this.endOffset) return size < this.endOffset ? 'short' : 'whole';
      const bytes = new Uint8Array(size - this.endOffset);
      const length = readFully(file, bytes, 0, bytes.length, this.endOffset);
      return this.parse(bytes, length);
    } finally {
      file.close();
    }
  }

  /** Takes a record into the maps. */
  protected apply(record: CatalogRecord): void {
    switch (record.kind) {
      case 'stream':
        this.streamsById[record.id] = record;
        this.streamsByName.set(record.name, record);
        break;
      case 'partition':
        this.partitionsById[record.id] = record;
        this.partitionsByName.set(record.name, record);
        break;
      case 'structure':
        this.structures[record.id] = record.keys;
        break;
    }
  }

  private parse(bytes: Uint8Array, length: number): CatalogRecordFault | 'whole' {
    let at = 0;
    if (this.endOffset === 0) {
      const header = decodeFileHeader(bytes, length, 'catalog', this.seed);
      if (header === 'short') return 'short';
      if (typeof header === 'string') {
        throw new CorruptionError(`The header of ${this.path} is damaged (${header}).`, { path: this.path, offset: 0 });
      }
      this.endOffset = fileHeaderBytes;
      at = fileHeaderBytes;
    }
    while (at < length) {
      const decoded = decodeCatalogRecord(bytes, at, length, this.seed);
      if (typeof decoded === 'string') return decoded;
      if (decoded.previous !== this.lastChecksum) throw this.brokenChain();
      this.apply(decoded.record);
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
