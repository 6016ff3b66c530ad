/** What the supervisor of a worker tells whoever looks after the projection. */
import type { ProjectionRestart } from './projection-status.ts';

export interface WorkerSupervisorEvents {
  /** The run state changed. */
  status: [];
  /** A report came. */
  progress: [];
  'caught-up': [];
  restart: [restart: ProjectionRestart];
  /** It rests: because of this error, or because it was told to. */
  paused: [error: Error | undefined];
  failed: [error: Error];
}
