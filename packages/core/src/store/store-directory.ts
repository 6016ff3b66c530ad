/** Where a store is: the one place that builds its path from a directory and a name. */
import { resolve } from 'node:path';
import { VarveError } from '../errors.ts';

export const defaultStorageDirectory = './data';

/**
 * The folder of a store, after checking its name. The path is absolute, so a later change of the working directory does
 * not change it.
 */
export function storeDirectory(storageDirectory: unknown, name: unknown): string {
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw new VarveError('INVALID_OPTION', `${JSON.stringify(name)} cannot be the name of a store.`, {
      found: name,
      expected: 'letters, digits, ".", "_" and "-", at most 100, beginning with a letter or digit',
      hint: 'The name becomes the name of a folder: use letters, digits, ".", "_" and "-".',
    });
  }
  if (typeof storageDirectory !== 'string' || storageDirectory === '' || storageDirectory.includes('\0')) {
    throw new VarveError('INVALID_OPTION', 'The option "storageDirectory" is not a path.', {
      found: storageDirectory,
      hint: 'It takes the path of a directory, as a string.',
    });
  }
  return resolve(storageDirectory, name);
}
