/**
 * Turns a commit into frames in the write buffers, and enters them into the indexes in memory.
 *
 * Invariant: everything that can refuse the commit, or fail, comes before the first frame is built.
 */
import { VarveError } from '@varve/core';
import { encodeLinks, type FrameFields, type NamedEntry, noLinks, type IndexSet } from '@varve/core/internal';
import type { BodyEncoder } from './body-encoder.ts';
import type { EventLinks } from './derived/event-links.ts';
import { planEvent, type PlannedEvent } from './derived/planned-event.ts';
import { planFrames } from './frame-plan.ts';
import { type Partitioner, sharedPartition } from './partitioners.ts';
import type { WritableCatalog } from './writable-catalog.ts';
import type { FrameBody, WritablePartition } from './writable-partition.ts';
import type { WritablePartitions } from './writable-partitions.ts';
import type { WritablePositionIndex } from './writable-position-index.ts';

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

export interface AppenderInput {
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  readonly indexes: IndexSet;
  readonly partitions: WritablePartitions;
  readonly encoder: BodyEncoder;
  readonly partitioner: Partitioner;
  readonly links: EventLinks;
  readonly commitIdPrefix: string;
  readonly epoch: number;
  readonly writeBufferSize: number;
  readonly maxCommitBytes: number;
  readonly streamMetadata: ((stream: string) => Record<string, unknown> | undefined) | undefined;
  /** Writes what is buffered. */
  flush(): void;
  /** Begins a new segment of the partition, whose buffer is empty. */
  beginSegment(partition: WritablePartition): void;
}

export class CommitAppender {
  private readonly input: AppenderInput;
  private bufferedBytes = 0;
  /** Reused for every frame: the hot path allocates nothing but its result. */
  private readonly fields: FrameFields;
  /** For each event of the commit, the derived indexes that it belongs to; undefined when there are none in the store. */
  private indexIds: (readonly number[])[] | undefined;

  constructor(input: AppenderInput) {
    this.input = input;
    this.fields = {
      previous: 0,
      epoch: input.epoch,
      position: 0,
      clockUs: 0,
      streamId: 0,
      streamVersion: 0,
      count: 0,
      commitSize: 0,
      commitOffset: 0,
      metadataBytes: 0,
      uncompressedBytes: 0,
      links: noLinks,
    };
  }

  /** To be called after each flush. */
  buffersWereFlushed(): void {
    this.bufferedBytes = 0;
  }

  /** Appends the commit at `position`, which is the next one, with the time `clockUs`. */
  append(request: CommitRequest, position: number, clockUs: number): void {
    const { fields, input } = this;
    const { events } = request;
    const { links } = input;
    if (links.isUsed) this.planLinks(request, position, clockUs);
    else this.indexIds = undefined;
    const body = input.encoder.encode(request.stream, events, request.metadata);
    fields.position = position;
    fields.clockUs = clockUs;
    fields.streamId = request.entry?.id ?? input.catalog.nextStreamId;
    fields.streamVersion = request.version + 1;
    fields.count = events.length;
    fields.commitSize = events.length;
    fields.commitOffset = 0;
    fields.metadataBytes = body.metadata.length;
    const { partitionOf } = input.partitioner;
    const { packer } = input.partitions;
    if (partitionOf === undefined) this.appendToOne(request, packer === undefined ? body : packer.pack(body));
    else this.appendSpread(request, body, partitionOf);
    input.indexes.coverTo(position + events.length - 1);
  }

  private appendToOne(request: CommitRequest, body: FrameBody): void {
    const { fields } = this;
    fields.links = this.linksOf(0, fields.count);
    const partition = this.input.partitions.named(sharedPartition);
    const frameBytes = partition.frameBytes(fields, body);
    this.assertCommitFits(request, frameBytes);
    this.prepare(partition, frameBytes, frameBytes);
    this.addStreamIfNew(request);
    this.place(partition, partition.append(fields, body, frameBytes), frameBytes);
  }

  /** A commit whose events go to different partitions: one frame for each run of neighbours in the same one. */
  private appendSpread(
    request: CommitRequest,
    body: FrameBody,
    partitionOf: (event: unknown, position: number, stream: string) => string,
  ): void {
    const { fields } = this;
    const { partitions } = this.input;
    const { packer } = partitions;
    const planned = planFrames(request, body, fields.position, partitionOf);
    const plan = packer === undefined ? planned : planned.map((part) => ({ ...part, body: packer.pack(part.body) }));
    const sizes = plan.map((part) => {
      Object.assign(fields, part.fields);
      fields.links = this.linksOf(part.fields.commitOffset, part.fields.count);
      return partitions.named(part.partition).frameBytes(fields, part.body);
    });
    const commitBytes = sizes.reduce((sum, size) => sum + size, 0);
    this.assertCommitFits(request, commitBytes);
    for (const [index, part] of plan.entries()) {
      this.prepare(partitions.named(part.partition), sizes[index]!, commitBytes);
    }
    this.addStreamIfNew(request);
    for (const [index, part] of plan.entries()) {
      Object.assign(fields, part.fields);
      fields.links = this.linksOf(part.fields.commitOffset, part.fields.count);
      const partition = partitions.named(part.partition);
      this.place(partition, partition.append(fields, part.body, sizes[index]!), sizes[index]!);
    }
  }

  /** Makes sure that a frame of this size can be appended without anything that may fail. */
  private prepare(partition: WritablePartition, frameBytes: number, commitBytes: number): void {
    if (this.bufferedBytes + commitBytes > this.input.writeBufferSize) this.input.flush();
    if (!partition.needsNewSegment(frameBytes)) return;
    this.input.flush();
    this.input.beginSegment(partition);
  }

  private addStreamIfNew({ entry, stream }: CommitRequest): void {
    if (entry === undefined) this.input.catalog.addStream(stream, this.input.streamMetadata?.(stream));
    if (this.indexIds !== undefined) this.input.links.accept();
  }

  private planLinks(request: CommitRequest, position: number, clockUs: number): void {
    const { links, catalog, epoch, commitIdPrefix } = this.input;
    const firstNewId = catalog.nextStreamId + (request.entry === undefined ? 1 : 0);
    const describe = (index: number): PlannedEvent =>
      planEvent(index, request, { position, clockUs, commitId: `${commitIdPrefix}${epoch}-${position}` });
    this.indexIds = links.plan(request.events, describe, firstNewId);
  }

  /** The encoded links of events of the commit. */
  private linksOf(first: number, count: number): Uint8Array {
    const { indexIds } = this;
    return indexIds === undefined ? noLinks : encodeLinks(indexIds.slice(first, first + count));
  }

  /** Enters the frame that `fields` describe into the indexes. */
  private place(partition: WritablePartition, offset: number, frameBytes: number): void {
    const { fields } = this;
    const { positions, indexes, partitions } = this.input;
    for (let event = 0; event < fields.count; event++) {
      positions.append(partition.id, offset);
      indexes.add(fields.streamId, fields.position + event);
      if (this.indexIds === undefined) continue;
      for (const id of this.indexIds[fields.commitOffset + event]!) indexes.add(id, fields.position + event);
    }
    partitions.hasBuffered(partition);
    this.bufferedBytes += frameBytes;
  }

  private assertCommitFits({ stream }: CommitRequest, commitBytes: number): void {
    const { maxCommitBytes } = this.input;
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
}
