/** Splits a commit into frames: one for each run of consecutive events that go to the same stream and partition. */
import { VarveError } from '@varve/core';
import { type FrameFields, frameHeaderBytes } from '@varve/core/internal';
import type { CommitRequest } from './commit-appender.ts';
import type { Partitioner, PartitionerDocument, PartitionerFunction } from './partitioners.ts';
import type { FrameBody } from './writable-partition.ts';

/** The longest name of a partition, as of a stream. */
const maxNameLength = 1024;

/** The events of a commit that go to one stream, and their place in the commit. */
export interface PlanPart {
  readonly request: CommitRequest;
  readonly body: FrameBody;
  readonly streamId: number;
  readonly position: number;
  readonly commitOffset: number;
}

/** What all parts of a commit have in common. */
export interface CommitFacts {
  readonly commitId: string;
  readonly clockUs: number;
  readonly size: number;
}

/** One frame of a commit: a run of consecutive events of one stream that go to the same partition. */
export interface PlannedFrame {
  readonly partition: string;
  readonly body: FrameBody;
  readonly fields: Pick<
    FrameFields,
    'streamId' | 'position' | 'streamVersion' | 'count' | 'commitSize' | 'commitOffset' | 'metadataBytes'
  >;
}

/** Size of the frame in bytes; notes in `fields` whether the body is compressed. */
export function frameBytesOf(fields: FrameFields, body: FrameBody): number {
  fields.uncompressedBytes = body.uncompressedBytes ?? 0;
  return frameHeaderBytes(fields, body.payloadLengths) + body.metadata.length + body.end - body.start;
}

export function planFrames(part: PlanPart, facts: CommitFacts, partitioner: Partitioner): PlannedFrame[] {
  const { request, body } = part;
  const { ofCommit, ofDocument } = partitioner;
  if (ofDocument === undefined) {
    const partition = checkName(ofCommit!(request.stream, facts.clockUs));
    return [{ partition, body, fields: fieldsOf(part, facts, 0, request.events.length) }];
  }
  const names = partitionNames(part, facts, ofDocument);
  const plan: PlannedFrame[] = [];
  let byte = body.start;
  for (let first = 0; first < names.length;) {
    let next = first + 1;
    while (next < names.length && names[next] === names[first]) next++;
    const payloadLengths = body.payloadLengths.slice(first, next);
    const end = byte + payloadLengths.reduce((sum, length) => sum + length, 0);
    plan.push({
      partition: names[first]!,
      body: { metadata: body.metadata, bytes: body.bytes, start: byte, end, payloadLengths },
      fields: fieldsOf(part, facts, first, next - first),
    });
    byte = end;
    first = next;
  }
  return plan;
}

function fieldsOf(part: PlanPart, facts: CommitFacts, first: number, count: number): PlannedFrame['fields'] {
  return {
    streamId: part.streamId,
    position: part.position + first,
    streamVersion: part.request.version + 1 + first,
    count,
    commitSize: facts.size,
    commitOffset: part.commitOffset + first,
    metadataBytes: part.body.metadata.length,
  };
}

function partitionNames(part: PlanPart, facts: CommitFacts, ofDocument: PartitionerFunction): string[] {
  const { events, stream } = part.request;
  return events.map((_event, index) => {
    return checkName(ofDocument(documentOf(part, facts, index), part.position + index, stream));
  });
}

function documentOf(part: PlanPart, facts: CommitFacts, index: number): PartitionerDocument {
  const { request, position, commitOffset } = part;
  const committedAt = Math.floor(facts.clockUs / 1000);
  const metadata = {
    ...request.metadata,
    commitId: facts.commitId,
    committedAt,
    committedAtUs: facts.clockUs,
    commitVersion: commitOffset + index,
    commitSize: facts.size,
    stream: request.stream,
    streamVersion: request.version + 1 + index,
    position: position + index,
  };
  return { stream: request.stream, payload: request.events[index], metadata, committedAt };
}

/** Checks the name, because the function is the user's. */
function checkName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= maxNameLength && name.isWellFormed()) return name;
  throw new VarveError('INVALID_OPTION', 'The partitioner returned something that cannot name a partition.', {
    found: name,
    expected: `well-formed Unicode of 1 to ${maxNameLength} characters`,
    hint: 'Nothing was committed. Let the function return the name of a partition, such as "orders".',
  });
}
