/**
 * Turns a commit into frames in the write buffers, and enters them into the indexes in memory.
 *
 * Invariant: everything that can refuse the commit, or fail, comes before the first frame is built.
 */
import { VarveError } from '@varve/core';
import {
  encodeLinks,
  encodeOnlyLink,
  type FrameFields,
  type NamedEntry,
  noLinks,
  type IndexSet,
} from '@varve/core/internal';
import type { BodyEncoder } from './body-encoder.ts';
import type { EventLinks } from './derived/event-links.ts';
import { noIndex } from './derived/matcher-router.ts';
import { type CommitFacts, frameBytesOf, type PlannedFrame, planFrames, type PlanPart } from './frame-plan.ts';
import type { NewMetadata } from './new-metadata.ts';
import { type Partitioner, sharedPartition } from './partitioners.ts';
import type { WritableCatalog } from './writable-catalog.ts';
import type { FrameBody, WritablePartition } from './writable-partition.ts';
import type { WritablePartitions } from './writable-partitions.ts';
import type { WritablePositionIndex } from './writable-position-index.ts';

/** A checked commit that is to be appended; for a commit to several streams, the part that goes to one of them. */
export interface CommitRequest {
  readonly stream: string;
  readonly events: readonly object[];
  /** The stream's entry in the catalog, or undefined when this commit creates the stream. */
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
  readonly epoch: number;
  readonly writeBufferSize: number;
  readonly maxCommitBytes: number;
  readonly streamMetadata: NewMetadata;
  /** The `commitId` of the commit at this position with this metadata. */
  readonly commitIdOf: (position: number, metadata: object | undefined) => string;
  /** Writes what is buffered. */
  flush(): void;
  /** Begins a new segment of the partition, whose buffer is empty. */
  beginSegment(partition: WritablePartition): void;
}

export class CommitAppender {
  private readonly input: AppenderInput;
  private readonly isShared: boolean;
  private bufferedBytes = 0;
  /** Reused for every frame: the hot path allocates nothing but its result. */
  private readonly fields: FrameFields;
  /** For each event of the commit, its derived indexes; undefined when no event has any, or `onlyIndex` says it. */
  private indexIds: readonly (readonly number[])[] | undefined;
  /** The one derived index of the commit's only event, where it was found without a plan; otherwise `noIndex`. */
  private onlyIndex = noIndex;

  constructor(input: AppenderInput) {
    this.input = input;
    this.isShared = input.partitioner.name === sharedPartition;
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

  /** Appends a commit to one stream at `position`, the next free one, with the time `clockUs`. */
  append(request: CommitRequest, position: number, clockUs: number): void {
    const { fields, input } = this;
    const { events } = request;
    const { links } = input;
    this.indexIds = undefined;
    this.onlyIndex = noIndex;
    if (links.isUsed) this.planLinksOfOne(request, position, clockUs);
    const body = input.encoder.encode(request.stream, events, request.metadata);
    const streamId = request.entry?.id ?? input.catalog.nextStreamId;
    fields.clockUs = clockUs;
    if (!this.isShared) {
      const part = { request, body, streamId, position, commitOffset: 0 };
      const facts = this.factsOf([request], position, clockUs);
      this.appendPlanned([request], planFrames(part, facts, input.partitioner));
    } else {
      fields.position = position;
      fields.streamId = streamId;
      fields.streamVersion = request.version + 1;
      fields.count = events.length;
      fields.commitSize = events.length;
      fields.commitOffset = 0;
      fields.metadataBytes = body.metadata.length;
      const { packer } = input.partitions;
      this.appendToOne(request, packer === undefined ? body : packer.pack(body));
    }
    input.indexes.coverTo(position + events.length - 1);
  }

  /** Appends a commit to several streams. */
  appendAll(requests: readonly CommitRequest[], position: number, clockUs: number): void {
    const { fields, input } = this;
    fields.clockUs = clockUs;
    const facts = this.factsOf(requests, position, clockUs);
    this.indexIds = undefined;
    this.onlyIndex = noIndex;
    if (input.links.isUsed) this.planLinks(requests, position, clockUs);
    let newStreams = 0;
    let commitOffset = 0;
    const plan: PlannedFrame[] = [];
    for (const request of requests) {
      const body = copyOf(input.encoder.encode(request.stream, request.events, request.metadata));
      const streamId = request.entry?.id ?? input.catalog.nextStreamId + newStreams++;
      const part: PlanPart = { request, body, streamId, position: position + commitOffset, commitOffset };
      plan.push(...planFrames(part, facts, input.partitioner));
      commitOffset += request.events.length;
    }
    this.appendPlanned(requests, plan);
    input.indexes.coverTo(position + commitOffset - 1);
  }

  private factsOf(requests: readonly CommitRequest[], position: number, clockUs: number): CommitFacts {
    const size = requests.reduce((sum, request) => sum + request.events.length, 0);
    return { commitId: this.input.commitIdOf(position, requests[0]!.metadata), clockUs, size };
  }

  private appendToOne(request: CommitRequest, body: FrameBody): void {
    const { fields } = this;
    fields.links = this.linksOf(0, fields.count);
    const frameBytes = frameBytesOf(fields, body);
    this.assertCommitFits(request, frameBytes);
    if (request.entry === undefined) this.input.streamMetadata.of(request.stream);
    const partition = this.input.partitions.named(sharedPartition);
    partition.assertTakes(frameBytes);
    this.prepare(partition, frameBytes, frameBytes);
    this.addStreamIfNew(request);
    if (this.indexIds !== undefined) this.input.links.accept();
    this.place(partition, partition.append(fields, body, frameBytes), frameBytes);
  }

  /** Appends a commit of several frames, or one for which the partitioner chooses the partition. */
  private appendPlanned(requests: readonly CommitRequest[], planned: readonly PlannedFrame[]): void {
    const { fields } = this;
    const { partitions } = this.input;
    const { packer } = partitions;
    const plan = packer === undefined ? planned : planned.map((part) => ({ ...part, body: packer.pack(part.body) }));
    const bytesByPartition = new Map<string, number>();
    let commitBytes = 0;
    const sizes = plan.map((frame) => {
      this.describe(frame);
      const frameBytes = frameBytesOf(fields, frame.body);
      bytesByPartition.set(frame.partition, (bytesByPartition.get(frame.partition) ?? 0) + frameBytes);
      commitBytes += frameBytes;
      return frameBytes;
    });
    this.assertCommitFits(requests[0]!, commitBytes);
    for (const { entry, stream } of requests) if (entry === undefined) this.input.streamMetadata.of(stream);
    partitions.assertTake(bytesByPartition);
    for (const [name, bytes] of bytesByPartition) this.prepare(partitions.named(name), bytes, commitBytes);
    for (const request of requests) this.addStreamIfNew(request);
    if (this.indexIds !== undefined) this.input.links.accept();
    for (const [index, frame] of plan.entries()) {
      this.describe(frame);
      const partition = partitions.named(frame.partition);
      this.place(partition, partition.append(fields, frame.body, sizes[index]!), sizes[index]!);
    }
  }

  /** Makes sure that frames of this size can be appended without a step that may fail. */
  private prepare(partition: WritablePartition, frameBytes: number, commitBytes: number): void {
    if (this.bufferedBytes + commitBytes > this.input.writeBufferSize) this.input.flush();
    if (!partition.needsNewSegment(frameBytes)) return;
    this.input.flush();
    this.input.beginSegment(partition);
  }

  private addStreamIfNew({ entry, stream }: CommitRequest): void {
    if (entry !== undefined) return;
    this.input.catalog.addStream(stream, this.input.streamMetadata.take(stream));
  }

  /** Fills `fields` with the values of the frame. */
  private describe(frame: PlannedFrame): void {
    Object.assign(this.fields, frame.fields);
    this.fields.links = this.linksOf(frame.fields.commitOffset, frame.fields.count);
  }

  private planLinksOfOne(request: CommitRequest, position: number, clockUs: number): void {
    const only = request.events.length === 1 ? this.input.links.onlyIndexOf(request.events[0]!) : undefined;
    if (only === undefined) this.planLinks([request], position, clockUs);
    else this.onlyIndex = only;
  }

  private planLinks(requests: readonly CommitRequest[], position: number, clockUs: number): void {
    const { links, catalog, commitIdOf } = this.input;
    let newStreams = 0;
    let size = 0;
    for (const { entry, events } of requests) {
      if (entry === undefined) newStreams++;
      size += events.length;
    }
    this.indexIds = links.plan({ requests, position, clockUs, size, commitIdOf }, catalog.nextStreamId + newStreams);
  }

  /** The encoded links of `count` events of the commit, from event `first` on. */
  private linksOf(first: number, count: number): Uint8Array {
    const { indexIds, onlyIndex } = this;
    if (onlyIndex !== noIndex) return encodeOnlyLink(onlyIndex);
    if (indexIds === undefined) return noLinks;
    return encodeLinks(count === indexIds.length ? indexIds : indexIds.slice(first, first + count));
  }

  /** Enters the frame that `fields` describe into the indexes. */
  private place(partition: WritablePartition, offset: number, frameBytes: number): void {
    const { fields } = this;
    const { positions, indexes, partitions } = this.input;
    for (let event = 0; event < fields.count; event++) {
      positions.append(partition.id, offset);
      indexes.add(fields.streamId, fields.position + event);
      if (this.onlyIndex !== noIndex) indexes.add(this.onlyIndex, fields.position);
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

/** A copy, because the encoder reuses its buffer for the next stream of the commit. */
function copyOf({ metadata, bytes, start, end, payloadLengths }: FrameBody): FrameBody {
  return {
    metadata,
    bytes: new Uint8Array(bytes.subarray(start, end)),
    start: 0,
    end: end - start,
    payloadLengths: [...payloadLengths],
  };
}
