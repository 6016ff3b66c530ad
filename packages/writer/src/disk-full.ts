/**
 * Tells a disk that is full from a disk that fails: what could not be written for want of room can be written again
 * when there is some. Only for writes: after a sync that failed nobody knows what the medium has, whatever the reason.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import { messageOf, systemErrorCode } from '@varve/core/internal';

/** No space on the device, none in the user's quota, none in a file of this size. */
const codes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The same error, or `DISK_FULL` when room is all that was missing to write the file. */
export function asDiskFull(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !codes.has(code)) return error;
  return new VarveError('DISK_FULL', `There is no room to write ${path} (${code}).`, {
    path,
    cause: error,
    hint:
      'What was committed before stays in memory, and is written as soon as there is room: free some. Further commits ' +
      'are refused until then.',
  });
}

/** Does work that can just as well be done later; false when there was no room for it. */
export function whenThereIsRoom(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (hasErrorCode(asDiskFull(error, ''), 'DISK_FULL')) return false;
    throw error;
  }
}

/** Tells the one who runs the process, when nobody listens to the store's errors. */
export function warnOf(error: unknown): void {
  process.emitWarning(messageOf(error), { code: 'DISK_FULL' });
}
