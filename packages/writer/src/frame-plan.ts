/** Splits a commit into frames when its events go to different partitions. */
import { VarveError } from '@varve/core';
import type { CommitRequest } from './commit-appender.ts';
import type { FrameBody } from './writable-partition.ts';

/** One frame of a commit: a run of consecutive events that go to the same partition. */
export interface PlannedFrame {
  readonly partition: string;
  readonly body: FrameBody;
  readonly fields: {
    readonly position: number;
    readonly streamVersion: number;
    readonly count: number;
    readonly commitOffset: number;
  };
}

export function planFrames(
  request: CommitRequest,
  body: FrameBody,
  firstPosition: number,
  partitionOf: (event: unknown, position: number, stream: string) => string,
): PlannedFrame[] {
  const { events, stream, version } = request;
  const names = events.map((event, index) => checkName(partitionOf(event, firstPosition + index, stream)));
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
      fields: {
        position: firstPosition + first,
        streamVersion: version + 1 + first,
        count: next - first,
        commitOffset: first,
      },
    });
    byte = end;
    first = next;
  }
  return plan;
}

/** The function is the user's: what it returns is looked at. */
function checkName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.isWellFormed()) return name;
  throw new VarveError('INVALID_OPTION', 'The partitioner returned something that cannot name a partition.', {
    found: name,
    expected: 'a string that is not empty',
    hint: 'Nothing was committed. Let the function return the name of a partition, such as "orders".',
  });
}
