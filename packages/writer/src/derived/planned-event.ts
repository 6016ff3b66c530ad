/** The events of a commit as matchers see them before they are written: with the metadata that readers will get. */
import { type EventMetadata } from '@varve/core';
import { toPosition, toStreamVersion } from '@varve/core/internal';
import type { CommitRequest } from '../commit-appender.ts';

/** What is known of an event when it is about to be committed. */
export interface PlannedEvent {
  readonly event: object;
  readonly stream: string;
  readonly metadata: () => EventMetadata;
}

export interface CommitPlan {
  readonly position: number;
  readonly clockUs: number;
  readonly commitId: string;
  /** Events of the whole commit, and those of them that come before these. */
  readonly size: number;
  readonly commitOffset: number;
}

/** What is known of the event with this number in the commit. */
export function planEvent(
  index: number,
  { events, stream, version, metadata: given }: CommitRequest,
  { position, clockUs, commitId, size, commitOffset }: CommitPlan,
): PlannedEvent {
  let made: EventMetadata | undefined;
  const make = (): EventMetadata => ({
    ...given,
    commitId: commitIdOf(given) ?? commitId,
    committedAt: Math.floor(clockUs / 1000),
    committedAtUs: clockUs,
    commitVersion: commitOffset + index,
    commitSize: size,
    stream,
    streamVersion: toStreamVersion(version + 1 + index),
    position: toPosition(position + index),
  });
  return { event: events[index] as object, stream, metadata: () => (made ??= make()) };
}

/** The id that the caller gave to the commit, which wins. */
function commitIdOf(metadata: object | undefined): string | undefined {
  if (metadata === undefined || !('commitId' in metadata)) return undefined;
  return typeof metadata.commitId === 'string' ? metadata.commitId : undefined;
}
