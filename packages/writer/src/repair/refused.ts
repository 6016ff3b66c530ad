/** The error for a store of which a repair would lose more than what comes after the damage. */
import { VarveError } from '@varve/core';

export function refused(directory: string, reason: string): VarveError {
  return new VarveError('REPAIR_REFUSED', `The store ${directory} was not repaired: ${reason}.`, {
    path: directory,
    hint: 'Restore the damaged files from a replica or backup, or get out what is whole with `exportEvents`. Nothing was changed.',
  });
}
