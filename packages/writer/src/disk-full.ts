/**
 * Distinguishes a full disk from a failing one: what could not be written for lack of space can be written again when there is
 * some. Only for writes: after a failed sync nobody knows what the medium has, whatever the reason.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import { messageOf, systemErrorCode } from '@varve/core/internal';

/** No space on the device, none in the user's quota, or the file has reached the size limit. */
const codes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** `DISK_FULL` when nothing but space was missing to write the file; otherwise the same error. */
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

/** Does work that may as well be done later; false when there was no room for it. */
export function whenThereIsRoom(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (hasErrorCode(asDiskFull(error, ''), 'DISK_FULL')) return false;
    throw error;
  }
}

/** Warns whoever runs the process, when nobody listens to the store's errors. */
export function warnOf(error: unknown): void {
  process.emitWarning(messageOf(error), { code: 'DISK_FULL' });
}
