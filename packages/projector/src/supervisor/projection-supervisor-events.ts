/** The events of a projection's supervisor, for the projector. */
import type { EventEmitter } from 'node:events';
import type { Generation } from './generation.ts';
import type { ProjectionRestart } from './projection-status.ts';

export interface ProjectionSupervisorEvents {
  /** The run state changed. */
  status: [];
  /** A report arrived. */
  progress: [];
  'caught-up': [];
  /** Another version became live. */
  swap: [version: number, before: number];
  restart: [restart: ProjectionRestart];
  /** It is paused: because of this error, or because it was told to. */
  paused: [error: Error | undefined];
  failed: [error: Error];
}

/** Passes on the events of a version of the projection; while it is not the current one, only those that concern others. */
export function passOnEvents(
  generation: Generation,
  to: EventEmitter<ProjectionSupervisorEvents>,
  isCurrent: () => boolean,
): void {
  generation.on('status', () => to.emit('status'));
  generation.on('restart', (restart) => to.emit('restart', restart));
  generation.on('paused', (error) => to.emit('paused', error));
  generation.on('failed', (error) => {
    // A changed module that does not load harms nothing, and whoever asked for it gets the error.
    if (isCurrent() || generation.identity !== undefined) to.emit('failed', error);
  });
  for (const event of ['progress', 'caught-up'] as const) {
    generation.on(event, () => {
      if (isCurrent()) to.emit(event);
    });
  }
}
