/** The events that a store emits. */
import type { Position } from '../position.ts';
import type { StorageEvents } from '../storage/storage-events.ts';

/** The events that every store emits; a writer adds to them. */
export interface ReadEvents extends Pick<StorageEvents, 'preRead' | 'preCommit' | 'commit'> {
  /** The store can be used. Emitted once, after the constructor. */
  ready: [];
  /** Events up to this position can be read, also by other processes. */
  advance: [position: Position];
  error: [error: Error];
  close: [];
}
