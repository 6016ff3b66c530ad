/**
 * Directories whose names are on the medium: if that of a directory is not, the files in it are lost with it, synced or
 * not.
 */
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import type { FileSystem } from './file-system.ts';

/**
 * Creates the directory and the missing ones above it, and makes the names of all of them durable, also of those that
 * existed: whoever created them may have died or failed before their names were durable.
 */
export function makeDurableDirectory(fileSystem: FileSystem, directory: string): void {
  const made = new Set([directory]);
  for (let above = dirname(directory); fileSystem.stat(above) === undefined; above = dirname(above)) made.add(above);
  fileSystem.makeDirectory(directory);
  for (let path = directory; dirname(path) !== path; path = dirname(path)) {
    try {
      fileSystem.syncDirectory(dirname(path));
    } catch (error) {
      // A directory further up that others created may be one that this user can only traverse.
      if (made.has(path) || !cannotBeSynced.has(systemErrorCode(error) ?? '')) throw error;
    }
  }
}

const cannotBeSynced: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EROFS']);
