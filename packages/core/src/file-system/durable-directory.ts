/** Directories whose names are on the medium: a file in one that is not would be lost with it, synced or not. */
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import type { FileSystem } from './file-system.ts';

/**
 * Makes the directory and what is missing above it, and the names of all of them durable: also of those that are there,
 * because who made them may have died, or failed, before they were.
 */
export function makeDurableDirectory(fileSystem: FileSystem, directory: string): void {
  const made = new Set([directory]);
  for (let above = dirname(directory); fileSystem.stat(above) === undefined; above = dirname(above)) made.add(above);
  fileSystem.makeDirectory(directory);
  for (let path = directory; dirname(path) !== path; path = dirname(path)) {
    try {
      fileSystem.syncDirectory(dirname(path));
    } catch (error) {
      // A directory that others made, far above, may be one that this user can only pass through.
      if (made.has(path) || !cannotBeSynced.has(systemErrorCode(error) ?? '')) throw error;
    }
  }
}

const cannotBeSynced: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EROFS']);
