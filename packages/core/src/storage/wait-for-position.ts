/** Waits until a storage shows an event: in the process that reads it, whoever writes it. */
import { waitUntil, type WaitOptions } from '../clock/wait-until.ts';
import { VarveError } from '../errors.ts';
import type { ReadableStorage } from './readable-storage.ts';

export async function waitForPosition(storage: ReadableStorage, position: number, options: WaitOptions): Promise<void> {
  checkPosition(storage, position);
  let failure = storage.fatalError;
  await waitUntil(
    {
      clock: storage.options.clock,
      goal: `position ${position} of ${storage.directory}, which is at ${storage.visiblePosition}`,
      isReached: () => {
        storage.assertOpen();
        if (storage.visiblePosition >= position) return true;
        if (failure !== undefined) throw failure;
        return false;
      },
      subscribe: (wake) => {
        const fail = (error: Error): void => {
          failure = error;
          wake();
        };
        storage.on('advance', wake).on('close', wake).on('error', fail);
        return () => void storage.off('advance', wake).off('close', wake).off('error', fail);
      },
    },
    options,
  );
}

/** Throws `INVALID_CURSOR` on what is not a position. */
export function checkPosition({ directory }: ReadableStorage, position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw new VarveError('INVALID_CURSOR', `${String(position)} is not a position of the store ${directory}.`, {
    path: directory,
    found: position,
    expected: 'an integer of 0 or more',
    hint: 'Positions are integers from 1, in global order; a commit has those of its events.',
  });
}
