import { VarveError } from '@varve/core';

/** What those get who wait for a projection, or ask something of it, when its projector was stopped. */
export function projectorStopped(projection: string, path: string): VarveError {
  return new VarveError('STORE_CLOSED', `The projector of projection ${JSON.stringify(projection)} was stopped.`, {
    path,
    hint: 'Start a new projector; it goes on where this one ended.',
  });
}
