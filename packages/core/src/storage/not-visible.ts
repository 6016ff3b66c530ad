/** The error for a position that has no event which may be read. */
import { inspect } from 'node:util';
import { VarveError } from '../errors.ts';

export function notVisible(directory: string, found: unknown, visible: number): VarveError {
  const what = typeof found === 'number' ? 'There is no event at position' : 'No position of an event is';
  return new VarveError('INVALID_CURSOR', `${what} ${inspect(found)} in ${directory}.`, {
    path: directory,
    ...(typeof found === 'number' ? { position: found } : { found }),
    expected: `an integer from 1 to ${visible}`,
    hint: `The visible positions are the integers from 1 to ${visible}.`,
  });
}
