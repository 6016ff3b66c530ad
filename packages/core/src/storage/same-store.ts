/** Whether a directory still holds the store that a reader opened there, and the errors when it does not. */
import { VarveError } from '../errors.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { findStore } from './store-description.ts';

/** Which store a reader follows, and the epoch that it has seen. */
export interface FollowedStore {
  readonly directory: string;
  readonly id: string;
  readonly epoch: number;
}

/** Throws `STORE_REPLACED` when the store was removed, or another one is in its place. */
export function assertSameStore(fileSystem: FileSystem, store: FollowedStore): void {
  const found = findStore(fileSystem, store.directory)?.id;
  if (found === undefined) throw storeReplaced(store, 'it was removed');
  if (found !== store.id) throw storeReplaced(store, `it is the store ${found}`);
}

export function storeReplaced({ directory, id, epoch }: FollowedStore, found: string): VarveError {
  return new VarveError(
    'STORE_REPLACED',
    `The store in ${directory} is not the one that was opened any more: ${found}.`,
    {
      path: directory,
      expected: `store ${id}, epoch ${epoch} or later`,
      found,
      hint: 'Close this reader and open the store anew, after checking which of the two you want.',
    },
  );
}
