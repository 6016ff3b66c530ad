/** The events that a storage emits. */
import type { Position } from '../position.ts';
import type { CommitInfo } from './commit-info.ts';
import type { StreamMetadata } from './readable-catalog.ts';

export interface StorageEvents {
  /** Events up to this position became visible. */
  advance: [visiblePosition: number];
  /** The writer was opened again and may have cut back what was not durable: positions must be checked again. */
  rebase: [visiblePosition: number];
  /** An event is about to be handed out; a listener that throws withholds it. */
  preRead: [position: Position, metadata: StreamMetadata];
  /** An event is about to be committed by this process; a listener that throws refuses the commit. */
  preCommit: [event: object, metadata: StreamMetadata];
  /** A commit of this process was written. */
  commit: [commit: CommitInfo];
  error: [error: Error];
  close: [];
}
