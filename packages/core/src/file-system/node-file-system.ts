/**
 * The real file system: `node:fs`, and SQLite's file locks for `lock`.
 */
import fs from 'node:fs';
import { systemErrorCode } from '../errors.ts';
import type { FileHandle, FileLock, FileStatus, FileSystem, Watch } from './file-system.ts';
import { lockWithSqlite } from './sqlite-lock.ts';

/** Callbacks of those who hold files that they can open again. */
const holders = new Set<() => void>();

export const nodeFileSystem: FileSystem = {
  open(path, mode) {
    return new NodeFileHandle(
      path,
      withDescriptor(() => fs.openSync(path, openFlags[mode], 0o644)),
    );
  },

  stat(path): FileStatus | undefined {
    const status = fs.statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    return { sizeBytes: status.size, isDirectory: status.isDirectory(), identity: `${status.dev}:${status.ino}` };
  },

  isLink(path) {
    return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  },

  list(directory) {
    try {
      return withDescriptor(() => fs.readdirSync(directory));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  },

  makeDirectory(directory) {
    fs.mkdirSync(directory, { recursive: true });
  },

  rename(from, to) {
    fs.renameSync(from, to);
  },

  remove(path) {
    fs.rmSync(path, { force: true });
  },

  syncDirectory(directory) {
    // Windows cannot open directories, and makes names durable by itself.
    if (process.platform === 'win32') return;
    const descriptor = withDescriptor(() => fs.openSync(directory, 'r'));
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },

  async syncDirectoryLater(directory) {
    if (process.platform === 'win32') return;
    const handle = await fs.promises.open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  watch(directory, listener): Watch | undefined {
    try {
      const watcher = fs.watch(directory, { persistent: false }, listener);
      // When a watcher fails later (the directory is gone, the kernel is out of watches), the timer remains, which
      // suffices.
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined;
    }
  },

  lock(path): FileLock | undefined {
    return lockWithSqlite(path);
  },

  whenScarce(giveBack): Watch {
    holders.add(giveBack);
    return { close: () => void holders.delete(giveBack) };
  },
};

/** Windows does not have this flag, and creating links there takes rights that few users have. */
const noLinks = process.platform === 'win32' ? 0 : fs.constants.O_NOFOLLOW;

/**
 * Calls `open`; when the process has no descriptor left, the other holders close files first and `open` is called once
 * more.
 */
function withDescriptor<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    const code = systemErrorCode(error);
    if (!(code === 'EMFILE' || code === 'ENFILE') || holders.size === 0) throw error;
    for (const giveBack of holders) giveBack();
    return open();
  }
}

const openFlags = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR | noLinks,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | noLinks,
} as const;

/** Node.js refuses to read or write 2 GiB in one call; a frame, or a write buffer, may be larger. */
const maxBytesAtOnce = 2 ** 30;

class NodeFileHandle implements FileHandle {
  readonly path: string;
  private readonly descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    return fs.readSync(this.descriptor, target, offset, Math.min(length, maxBytesAtOnce), position);
  }

  write(source: Uint8Array, offset: number, length: number, position: number): number {
    return fs.writeSync(this.descriptor, source, offset, Math.min(length, maxBytesAtOnce), position);
  }

  truncate(sizeBytes: number): void {
    fs.ftruncateSync(this.descriptor, sizeBytes);
  }

  sizeBytes(): number {
    return fs.fstatSync(this.descriptor).size;
  }

  sync(): void {
    fs.fdatasyncSync(this.descriptor);
  }

  syncLater(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }
}
