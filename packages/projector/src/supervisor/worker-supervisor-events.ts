/** The events of a worker's supervisor, for the supervisor of the projection. */
import type { ProjectionRestart } from './projection-status.ts';

export interface WorkerSupervisorEvents {
  /** The run state changed. */
  status: [];
  /** A report arrived. */
  progress: [];
  'caught-up': [];
  restart: [restart: ProjectionRestart];
  /** It is paused: because of this error, or because it was told to. */
  paused: [error: Error | undefined];
  failed: [error: Error];
}
