/** The events of a commit as matchers see them before they are written: with the metadata that readers will get. */
import { type EventMetadata } from '@varve/core';
import { toPosition, toStreamVersion } from '@varve/core/internal';
import type { CommitRequest } from '../commit-appender.ts';
import { givenCommitId } from '../commit-arguments.ts';

/** What is known of an event that is about to be committed. */
export interface PlannedEvent {
  readonly event: object;
  readonly stream: string;
  readonly metadata: () => EventMetadata;
}

/** A checked commit that is to be appended at `position`, the next free one. */
export interface PlannedCommit {
  readonly requests: readonly CommitRequest[];
  readonly position: number;
  readonly clockUs: number;
  /** Number of events in all requests. */
  readonly size: number;
  /** The `commitId` of the commit at this position with this metadata. */
  readonly commitIdOf: (position: number, metadata: object | undefined) => string;
}

/** Event `index` of the request; `commitOffset` events of the commit come before the request. */
export function planEvent(
  { requests, position, clockUs, size, commitIdOf }: PlannedCommit,
  { events, stream, version, metadata: given }: CommitRequest,
  { index, commitOffset }: { readonly index: number; readonly commitOffset: number },
): PlannedEvent {
  let made: EventMetadata | undefined;
  const make = (): EventMetadata => ({
    ...given,
    commitId: givenCommitId(given) ?? commitIdOf(position, requests[0]!.metadata),
    committedAt: Math.floor(clockUs / 1000),
    committedAtUs: clockUs,
    commitVersion: commitOffset + index,
    commitSize: size,
    stream,
    streamVersion: toStreamVersion(version + 1 + index),
    position: toPosition(position + commitOffset + index),
  });
  return { event: events[index]!, stream, metadata: () => (made ??= make()) };
}
