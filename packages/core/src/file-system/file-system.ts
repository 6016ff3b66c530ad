/**
 * All input and output of Varve goes through this interface, so that tests can record it, make it fail and cut its
 * power. Calls are synchronous, because a small append or a read from the page cache is faster than a trip through the
 * thread pool; `syncLater` and `syncDirectoryLater` are the exceptions, because a sync waits for the medium.
 *
 * Errors are the operating system's own (`code` ENOENT, ENOSPC, ...); callers translate what users can act on.
 */
import { dirname } from 'node:path';
import { temporarySuffix } from '../format/file-names.ts';
import { ifThere } from './if-there.ts';

export interface FileSystem {
  /**
   * Opens a file. 'read' and 'write' need it to exist; 'create' creates it when missing and never truncates. A file opened
   * for writing must not be a symbolic link (`ELOOP`): a copy may contain one that leads anywhere.
   */
  open(path: string, mode: 'read' | 'write' | 'create'): FileHandle;
  /** Size and identity of the file or directory, or undefined when there is none. */
  stat(path: string): FileStatus | undefined;
  /**
   * Whether the path itself is a symbolic link, wherever it leads; a file system without links need not implement this.
   */
  isLink?(path: string): boolean;
  /** Names in the directory, unsorted; undefined when there is no such directory. */
  list(directory: string): string[] | undefined;
  /** Creates the directory and the missing ones above it. */
  makeDirectory(directory: string): void;
  /** Replaces `to` with `from`, atomically. */
  rename(from: string, to: string): void;
  /** Removes a file; does nothing when it is missing. */
  remove(path: string): void;
  /** Makes the names in a directory durable: needed after a file was created, renamed or removed in it. */
  syncDirectory(directory: string): void;
  /** The same without blocking. */
  syncDirectoryLater(directory: string): Promise<void>;
  /**
   * Calls `listener` some time after something in the directory changed: a hint, which may come late, twice or never.
   * Returns undefined where the platform cannot watch.
   */
  watch(directory: string, listener: () => void): Watch | undefined;
  /**
   * Takes an exclusive lock on the file, which the operating system releases when the holder dies. Returns undefined
   * when another process, or another caller in this one, holds it.
   */
  lock(path: string): FileLock | undefined;
  /**
   * Registers `giveBack`, which is called when the process has no file descriptor left to open a file. It closes files
   * that can be opened again, and the operation is then tried once more. Absent where there is no such limit.
   */
  whenScarce?(giveBack: () => void): Watch;
}

export interface FileHandle {
  readonly path: string;
  /** Reads up to `length` bytes from `position` into `target` at `offset`; returns the bytes read, 0 at the end. */
  read(target: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes `length` bytes of `source` from `offset` to `position`; returns the bytes written, which may be fewer. */
  write(source: Uint8Array, offset: number, length: number, position: number): number;
  truncate(sizeBytes: number): void;
  sizeBytes(): number;
  /** Makes the file's bytes and size durable. */
  sync(): void;
  /** The same without blocking. */
  syncLater(): Promise<void>;
  close(): void;
}

export interface FileStatus {
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
  /** Changes when the path names another file. */
  readonly identity: string;
}

export interface Watch {
  close(): void;
}

export interface FileLock {
  release(): void;
}

/** Reads from `position` until `length` bytes or the end of the file; returns the bytes read. */
export function readFully(
  file: FileHandle,
  target: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number {
  let total = 0;
  while (total < length) {
    const count = file.read(target, offset + total, length - total, position + total);
    if (count === 0) break;
    total += count;
  }
  return total;
}

/** The file opened for reading, or undefined when it does not exist or is removed at this moment. */
export function openIfThere(fileSystem: FileSystem, path: string): FileHandle | undefined {
  if (fileSystem.stat(path) === undefined) return undefined;
  return ifThere(() => fileSystem.open(path, 'read'), undefined);
}

/** The whole file as bytes, or undefined when it does not exist. */
export function readWholeFile(fileSystem: FileSystem, path: string): Uint8Array | undefined {
  const file = openIfThere(fileSystem, path);
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(file.sizeBytes());
    return bytes.subarray(0, readFully(file, bytes, 0, bytes.length, 0));
  } finally {
    file.close();
  }
}

/**
 * Writes all bytes, or throws. A short write is continued from where it stopped, because the next call says why it
 * stopped (`ENOSPC`, `EFBIG`); no progress at all is an error of its own.
 */
export function writeFully(
  file: FileHandle,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
): void {
  let total = 0;
  while (total < length) {
    const count = file.write(bytes, offset + total, length - total, position + total);
    if (count === 0) throw Object.assign(new Error(`Wrote nothing to ${file.path}`), { code: 'EIO' });
    total += count;
  }
}

/** Replaces the file at `path` with these bytes, atomically. */
export function replaceFile(
  fileSystem: FileSystem,
  path: string,
  bytes: Uint8Array,
  { isDurable }: { readonly isDurable: boolean },
): void {
  const temporaryPath = path + temporarySuffix;
  const handle = fileSystem.open(temporaryPath, 'create');
  try {
    handle.truncate(0);
    writeFully(handle, bytes, 0, bytes.length, 0);
    if (isDurable) handle.sync();
  } catch (error) {
    makeRoom(handle);
    throw error;
  } finally {
    handle.close();
  }
  fileSystem.rename(temporaryPath, path);
  if (isDurable) fileSystem.syncDirectory(dirname(path));
}

/**
 * Empties a file that could not be written completely: it is of no use, and takes room that others may need. Never throws.
 */
export function makeRoom(handle: FileHandle): void {
  try {
    handle.truncate(0);
  } catch {
    // The first error is the one to report.
  }
}
