/** What the supervisor of a projection tells the projector. */
import type { ProjectionRestart } from './projection-status.ts';

export interface ProjectionSupervisorEvents {
  /** The run state changed. */
  status: [];
  /** A report came. */
  progress: [];
  'caught-up': [];
  /** Another version became live. */
  swap: [version: number, before: number];
  restart: [restart: ProjectionRestart];
  /** It rests: because of this error, or because it was told to. */
  paused: [error: Error | undefined];
  failed: [error: Error];
}
