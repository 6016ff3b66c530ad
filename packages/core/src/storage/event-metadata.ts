/** The metadata of an event: what follows from its frame, and what was given with the commit. */
import type { FrameView } from '../format/frame.ts';
import { type Position, type StreamVersion, toPosition, toStreamVersion } from '../position.ts';

/**
 * What the store knows about an event besides its payload. Metadata given with the commit is merged in; the names below
 * belong to the store and take precedence, except over a `commitId` that the caller gave.
 */
export interface EventMetadata {
  /** Same for all events of a commit, different for different commits. */
  readonly commitId: string;
  /** When it was committed, in milliseconds since 1970. */
  readonly committedAt: number;
  /** The same in microseconds; grows strictly from commit to commit. */
  readonly committedAtUs: number;
  /** Number of the event in its commit, from 0. */
  readonly commitVersion: number;
  /** Events in the commit. */
  readonly commitSize: number;
  /** Name of the write stream. */
  readonly stream: string;
  readonly streamVersion: StreamVersion;
  readonly position: Position;
  readonly [custom: string]: unknown;
}

/** The metadata that follows from the frame, for its event with this number, from 0. */
export function ownMetadata(view: FrameView, event: number, commitIdPrefix: string, stream: string): EventMetadata {
  return {
    commitId: `${commitIdPrefix}${view.epoch}-${view.commitPosition}`,
    committedAt: Math.floor(view.clockUs / 1000),
    committedAtUs: view.clockUs,
    commitVersion: view.commitOffset + event,
    commitSize: view.commitSize,
    stream,
    streamVersion: toStreamVersion(view.streamVersion + event),
    position: toPosition(view.position + event),
  };
}

/** Whether no property of an object is an object itself. */
export function isFlat(given: object): boolean {
  for (const key in given) if (typeof given[key as keyof typeof given] === 'object') return false;
  return true;
}

/**
 * The metadata from the frame, merged with what was given with the commit. Names of the store take precedence, except over an id that
 * the caller gave.
 */
export function mergeMetadata(own: EventMetadata, given: object | undefined): EventMetadata {
  const merged = { ...given, ...own };
  if (given !== undefined && 'commitId' in given && typeof given.commitId === 'string') {
    return { ...merged, commitId: given.commitId };
  }
  return merged;
}
