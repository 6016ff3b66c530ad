/** Whether a directory still holds the store that a reader opened there, and the errors when it does not. */
import { VarveError } from '../errors.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import type { Head } from '../format/head.ts';
import type { HeadFile } from './head-file.ts';
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

/** The current head; undefined while there is none, although the store is the same. Throws `STORE_REPLACED`. */
export function headOfSameStore(headFile: HeadFile, fileSystem: FileSystem, store: FollowedStore): Head | undefined {
  let head: Head | undefined;
  try {
    head = headFile.read();
  } catch (error) {
    // The head of another store looks like a damaged one.
    assertSameStore(fileSystem, store);
    throw error;
  }
  if (head === undefined) assertSameStore(fileSystem, store);
  return head;
}

export function storeReplaced({ directory, id, epoch }: FollowedStore, found: string): VarveError {
  return new VarveError(
    'STORE_REPLACED',
    `The store in ${directory} is not the one that was opened any more: ${found}.`,
    {
      path: directory,
      expected: `store ${id}, epoch ${epoch} or later`,
      found,
      hint: 'Close it and open the store anew, after checking which of the two you want.',
    },
  );
}
