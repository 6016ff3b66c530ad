/**
 * The partitions of a writer: opened when they are first needed, flushed together. Only the holder of the writer's
 * lock may use it.
 */
import { VarveError, type Watch } from '@varve/core';
import {
  accessible,
  fileNames,
  maxPartitions,
  type NamedEntry,
  type StoreContext,
  type ReadableStorage,
} from '@varve/core/internal';
import { BodyPacker } from './body-packer.ts';
import type { DirtyFiles } from './dirty-files.ts';
import type { NewMetadata } from './new-metadata.ts';
import { PartitionEnds } from './recovery/partition-ends.ts';
import type { WritableCatalog } from './writable-catalog.ts';
import { type PartitionEnd, WritablePartition } from './writable-partition.ts';

export interface PartitionsInput {
  readonly context: StoreContext;
  readonly catalog: WritableCatalog;
  readonly storage: ReadableStorage;
  readonly dirtyFiles: DirtyFiles;
  readonly segmentBytes: number;
  readonly epoch: number;
  readonly metadata: NewMetadata;
  /** Where partitions end, as far as recovery found out. */
  readonly ends: ReadonlyMap<number, PartitionEnd>;
}

/** With more partitions than this, buffers are released after each flush. */
const maxKeptBuffers = 64;

export class WritablePartitions {
  /** Compresses encoded commits; undefined in a store that does not compress. */
  readonly packer: BodyPacker | undefined;
  private readonly input: PartitionsInput;
  private readonly byId: (WritablePartition | undefined)[] = [];
  private readonly buffering = new Set<WritablePartition>();
  /** Partitions whose file is open, the most recently written ones last. */
  private readonly written = new Set<WritablePartition>();
  private readonly scarcity: Watch | undefined;
  private closedEnds: PartitionEnds | undefined;

  constructor(input: PartitionsInput) {
    this.input = input;
    const { compressor } = input.storage;
    this.packer = compressor === undefined ? undefined : new BodyPacker(compressor);
    this.scarcity = input.context.fileSystem.whenScarce?.(() => this.giveFilesBack());
  }

  get(id: number): WritablePartition | undefined {
    return this.byId[id] ?? this.open(id);
  }

  /** The partition with this name; a new one gets its id here. */
  named(name: string): WritablePartition {
    const { catalog, metadata } = this.input;
    const entry = catalog.partitionNamed(name);
    if (entry !== undefined) return this.get(entry.id)!;
    const added = catalog.addPartition(name, metadata.take(name));
    return (this.byId[added.id] = this.make(added, { offset: 0, lastChecksum: 0 }));
  }

  /**
   * Checks everything that may refuse frames of these sizes, given by partition name: the room in each partition, and for new
   * partitions their metadata and their number.
   */
  assertTake(bytesByPartition: ReadonlyMap<string, number>): void {
    const { catalog, metadata } = this.input;
    const missing: string[] = [];
    for (const [name, bytes] of bytesByPartition) {
      const entry = catalog.partitionNamed(name);
      if (entry === undefined) missing.push(name);
      else this.get(entry.id)!.assertTakes(bytes);
    }
    for (const name of missing) metadata.of(name);
    if (catalog.nextPartitionId + missing.length <= maxPartitions) return;
    throw new VarveError('TOO_MANY_PARTITIONS', `A store has at most ${maxPartitions - 1} partitions.`, {
      expected: maxPartitions - 1,
      found: catalog.nextPartitionId - 1 + missing.length,
      hint: 'Nothing was committed. Make a store with a partitioner that gives fewer names, such as hashed(64).',
    });
  }

  /** Notes that there are frames in the partition's buffer. */
  hasBuffered(partition: WritablePartition): void {
    this.buffering.add(partition);
  }

  flush(): void {
    for (const partition of this.buffering) {
      partition.flush();
      if (this.byId.length > maxKeptBuffers) partition.releaseBuffer();
      this.keepOpen(partition);
    }
    this.buffering.clear();
  }

  /** Closes the least recently written files, so that no more are open for writing than for reading. */
  private keepOpen(partition: WritablePartition): void {
    const { written } = this;
    written.delete(partition);
    written.add(partition);
    for (const oldest of written) {
      if (written.size <= this.input.storage.options.maxOpenFiles) break;
      oldest.close();
      written.delete(oldest);
    }
  }

  close(): void {
    this.scarcity?.close();
    for (const partition of this.byId) partition?.close();
  }

  private giveFilesBack(): void {
    for (const partition of this.written) partition.close();
    this.written.clear();
  }

  private open(id: number): WritablePartition | undefined {
    const { catalog, context, storage, ends } = this.input;
    const entry = catalog.partition(id);
    // A missing partition is not remembered: a damaged entry of the position index may have any number.
    if (entry === undefined) return undefined;
    this.closedEnds ??= new PartitionEnds(context, storage.positions, storage.publishedPosition);
    return (this.byId[id] = this.make(entry, ends.get(id) ?? this.closedEnds.endOf(entry)));
  }

  private make(entry: NamedEntry, end: PartitionEnd): WritablePartition {
    const { context, dirtyFiles, segmentBytes, epoch } = this.input;
    const path = `${context.dataDirectory}/${fileNames.partitions}`;
    return accessible(path, () => new WritablePartition(context, entry, end, { dirtyFiles, segmentBytes, epoch }));
  }
}
