/** The errors for callers that wait for a projection, or ask something of it, when it was told to do nothing more. */
import { VarveError } from '@varve/core';

/** Its projector was stopped. */
export function projectorStopped(projection: string, path: string): VarveError {
  return new VarveError('STORE_CLOSED', `The projector of projection ${JSON.stringify(projection)} was stopped.`, {
    path,
    hint: 'Start a new projector; it goes on where this one ended.',
  });
}

/** It was paused. */
export function projectionPaused(projection: string, path: string): VarveError {
  const message = `The projection ${JSON.stringify(projection)} was paused before what was asked of it was done.`;
  return new VarveError('PROJECTION_PAUSED', message, {
    path,
    hint: 'Resume it, and ask again.',
  });
}
