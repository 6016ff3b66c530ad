/** Splits a commit into frames when its events go to different partitions. */
import type { CommitRequest } from './writable-storage.ts';
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
  const names = events.map((event, index) => String(partitionOf(event, firstPosition + index, stream)));
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
