/** What is reported of a commit once it is written. */
import type { Position } from '../position.ts';

/** The place of a commit in the store. */
export interface CommitInfo {
  /** The `commitId` in the metadata of its events. */
  readonly id: string;
  /** Position of the first event in the store. */
  readonly position: Position;
  /** Number of events. */
  readonly size: number;
  /** When it was committed, in milliseconds since 1970. */
  readonly committedAt: number;
}
