/**
 * The catalog of a writer: takes new names and structures, and writes them before the frames that need them.
 * Only the holder of the writer's lock may use it.
 */
import type { FileSystem } from '@varve/core';
import {
  type CatalogRecord,
  catalogRecordChecksum,
  encodeCatalogRecord,
  encodeFileHeader,
  type NamedEntry,
  ReadableCatalog,
  type StreamMetadata,
} from '@varve/core/internal';
import { WriteFile } from './write-file.ts';

export class WritableCatalog extends ReadableCatalog {
  readonly file: WriteFile;
  private pending: Uint8Array[] = [];
  /** The id that the next new stream gets. */
  nextStreamId = 1;
  private nextPartitionId = 1;

  /** Reads what is there; the caller has cut off what is not whole. */
  constructor(directory: string, fileSystem: FileSystem, seed: number, epoch: number) {
    super(directory, fileSystem, seed);
    this.refresh();
    this.file = new WriteFile(fileSystem, this.path, this.sizeBytes);
    for (const stream of this.streams()) this.nextStreamId = Math.max(this.nextStreamId, stream.id + 1);
    for (const partition of this.partitions()) this.nextPartitionId = Math.max(this.nextPartitionId, partition.id + 1);
    if (this.sizeBytes === 0) {
      const header = encodeFileHeader({ kind: 'catalog', partitionId: 0, baseOffset: 0, previous: 0, epoch }, seed);
      this.pending.push(header);
      this.endOffset = header.length;
    }
  }

  addStream(name: string, metadata: StreamMetadata | undefined): NamedEntry {
    const record = { kind: 'stream', id: this.nextStreamId++, name, metadata } as const;
    this.append(record);
    return record;
  }

  addPartition(name: string): NamedEntry {
    const record = { kind: 'partition', id: this.nextPartitionId++, name, metadata: undefined } as const;
    this.append(record);
    return record;
  }

  override add(keys: readonly string[]): void {
    this.append({ kind: 'structure', id: this.structures.length, keys: [...keys] });
  }

  /** The writer knows all that there is: nobody else adds. */
  override load(): readonly (readonly string[])[] {
    return this.structures;
  }

  flush(): void {
    for (const bytes of this.pending) this.file.append(bytes, 0, bytes.length);
    this.pending = [];
  }

  private append(record: CatalogRecord): void {
    const bytes = encodeCatalogRecord(record, this.lastChecksum, this.seed);
    this.pending.push(bytes);
    this.lastChecksum = catalogRecordChecksum(bytes);
    this.endOffset += bytes.length;
    this.apply(record);
  }
}
