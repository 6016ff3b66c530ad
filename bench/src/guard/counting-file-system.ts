/** The file system of Node.js, counting the calls to it. */
import { type FileHandle, type FileSystem, nodeFileSystem } from '@varve/core';

export interface FileCounts {
  reads: number;
  bytesRead: number;
  writes: number;
  bytesWritten: number;
  syncs: number;
  /** Calls that open, stat, list, create directories, rename, remove, truncate, or ask for a size. */
  others: number;
}

export class CountingFileSystem implements FileSystem {
  #counts = noCounts();

  /** The counts since the last call. */
  take(): FileCounts {
    const counts = this.#counts;
    this.#counts = noCounts();
    return counts;
  }

  open: FileSystem['open'] = (path, mode) => {
    this.#counts.others++;
    return this.#counting(nodeFileSystem.open(path, mode));
  };

  stat: FileSystem['stat'] = (path) => this.#other(() => nodeFileSystem.stat(path));
  list: FileSystem['list'] = (directory) => this.#other(() => nodeFileSystem.list(directory));
  makeDirectory: FileSystem['makeDirectory'] = (path) => this.#other(() => nodeFileSystem.makeDirectory(path));
  rename: FileSystem['rename'] = (from, to) => this.#other(() => nodeFileSystem.rename(from, to));
  remove: FileSystem['remove'] = (path) => this.#other(() => nodeFileSystem.remove(path));
  watch: FileSystem['watch'] = (directory, listener) => nodeFileSystem.watch(directory, listener);
  lock: FileSystem['lock'] = (path) => nodeFileSystem.lock(path);

  syncDirectory(directory: string): void {
    this.#counts.syncs++;
    nodeFileSystem.syncDirectory(directory);
  }

  syncDirectoryLater(directory: string): Promise<void> {
    this.#counts.syncs++;
    return nodeFileSystem.syncDirectoryLater(directory);
  }

  #other<Result>(call: () => Result): Result {
    this.#counts.others++;
    return call();
  }

  #counting(handle: FileHandle): FileHandle {
    return {
      path: handle.path,
      read: (target, offset, length, position) => {
        const count = handle.read(target, offset, length, position);
        this.#counts.reads++;
        this.#counts.bytesRead += count;
        return count;
      },
      write: (source, offset, length, position) => {
        const count = handle.write(source, offset, length, position);
        this.#counts.writes++;
        this.#counts.bytesWritten += count;
        return count;
      },
      truncate: (sizeBytes) => this.#other(() => handle.truncate(sizeBytes)),
      sizeBytes: () => this.#other(() => handle.sizeBytes()),
      sync: () => {
        this.#counts.syncs++;
        handle.sync();
      },
      syncLater: () => {
        this.#counts.syncs++;
        return handle.syncLater();
      },
      close: () => handle.close(),
    };
  }
}

function noCounts(): FileCounts {
  return { reads: 0, bytesRead: 0, writes: 0, bytesWritten: 0, syncs: 0, others: 0 };
}
