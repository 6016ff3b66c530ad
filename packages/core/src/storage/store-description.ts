/** Finds a store on disk and reads its description, or says why there is none. */
import { VarveError } from '../errors.ts';
import { fileNames } from '../format/file-names.ts';
import { decodeStoreDescription, type StoreDescription, type StoreDescriptionFault } from '../format/store-file.ts';
import { type FileSystem, readWholeFile } from '../file-system/file-system.ts';

/** The description of the store in `directory`, or undefined when the directory holds none. */
export function findStore(fileSystem: FileSystem, directory: string): StoreDescription | undefined {
  const path = `${directory}/${fileNames.store}`;
  const bytes = accessible(path, () => readWholeFile(fileSystem, path));
  if (bytes === undefined) return undefined;
  const description = decodeStoreDescription(new TextDecoder().decode(bytes));
  if (typeof description !== 'string') return description;
  throw new VarveError(description === 'newer' ? 'NEWER_FORMAT' : 'NOT_A_STORE', faultMessages[description](path), {
    path,
    hint:
      description === 'newer'
        ? 'Open it with the version of Varve that wrote it, or a later one. Nothing was changed.'
        : 'Give another directory, or restore the file from a copy of the store. Nothing was changed.',
  });
}

/** The same where there must be one. Throws `STORE_MISSING`. */
export function requireStore(fileSystem: FileSystem, directory: string): StoreDescription {
  const description = findStore(fileSystem, directory);
  if (description !== undefined) return description;
  throw new VarveError('STORE_MISSING', `There is no store in ${directory}.`, {
    path: directory,
    hint: 'Check the directory and the name, or wait until the writer has made the store.',
  });
}

const faultMessages: Readonly<Record<StoreDescriptionFault, (path: string) => string>> = {
  json: (path) => `${path} is not JSON.`,
  format: (path) => `${path} is not the description of a Varve store.`,
  newer: (path) => `${path} was written by a newer version of Varve.`,
  fields: (path) => `${path} lacks fields that the description of a store must have.`,
  checksum: (path) => `${path} does not match its checksum.`,
};

/** Runs `action`, and turns the operating system's refusals into an error that says what to check. */
export function accessible<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw unavailable(path, error);
  }
}

/** The same error, or `STORE_UNAVAILABLE` for what the operating system refuses. */
export function unavailable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const advice = accessAdvice[code];
  if (advice === undefined) return error;
  return new VarveError('STORE_UNAVAILABLE', `${path} cannot be used (${code}).`, { path, cause: error, hint: advice });
}

const accessAdvice: Readonly<Record<string, string>> = {
  EACCES: 'Give this user the right to read and write there.',
  EPERM: 'Give this user the right to read and write there.',
  EROFS: 'The file system is mounted read-only: open the store with `readOnly: true`.',
  ENOTDIR: 'A part of the path is a file; give a directory.',
  EISDIR: 'The path is a directory where a file should be; give another directory.',
  EEXIST: 'A file is where the directory should be; give another directory.',
  ENAMETOOLONG: 'The path is too long for this file system.',
  ENOSPC: 'The disk is full: make room and try again.',
  EMFILE: 'This process has too many open files: raise the limit, or lower `maxOpenFiles`.',
  ENFILE: 'This machine has too many open files: close some, or raise the limit.',
  EDQUOT: 'This user has no more room on the disk: make room and try again.',
  EFBIG: 'The file is larger than this file system or this process may make it.',
  EIO: 'The disk failed: look at the log of the system, and restore the files from a copy if it fails again.',
  EILSEQ: 'Something was written into the lock. Remove that file when no process has the store open: nothing is in it.',
  ELOOP: 'It is a symbolic link, which is never written through, or the path has a loop of them.',
};
