/**
 * Files in memory that cost nothing to begin anew: each case takes those of a specimen, damages some, and lets Varve work on
 * them. What a case writes is its own. It also guards: a case that never ends, or that allocates more for a read than
 * there can be to read, fails here with an error of its own instead of taking the process along.
 */
import type { FileHandle, FileLock, FileStatus, FileSystem } from '@varve/core';

/** By path, what a file holds. Never changed: a case that writes makes a copy. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** No case needs nearly as many calls: more of them are taken for a loop without an end. */
const mostCalls = 200_000;
/** What is read at once whatever the size of the file: blocks, and the window in which whole frames are looked for. */
const allowedAllocationBytes = 1_200_000;

/** Varve asked for something that it must never ask for. Nothing in it knows this error, so it comes out. */
class GuardError extends Error {
  override readonly name = 'GuardError';
}

interface StoredFile {
  bytes: Uint8Array;
  length: number;
  /** Whether the bytes belong to this case. */
  isOwn: boolean;
  readonly identity: string;
}

export class StoreFiles implements FileSystem {
  /** The largest buffer that was given to a read, in bytes. */
  largestReadBytes = 0;
  private readonly files = new Map<string, StoredFile>();
  private readonly directories = new Set<string>(['', '/']);
  private readonly locks = new Set<string>();
  private readonly written = new Set<string>();
  private calls = 0;
  private nextIdentity = 1;

  constructor(files: Files) {
    for (const [path, bytes] of files) {
      this.files.set(path, { bytes, length: bytes.length, isOwn: false, identity: String(this.nextIdentity++) });
      this.makeDirectory(parentOf(path));
    }
  }

  /** All files as they are now. */
  get contents(): Files {
    return new Map([...this.files].map(([path, { bytes, length }]) => [path, bytes.slice(0, length)]));
  }

  /** Paths of what was made, written, renamed or removed. */
  get changedPaths(): readonly string[] {
    return [...this.written];
  }

  open(path: string, mode: 'read' | 'write' | 'create'): FileHandle {
    this.count();
    let file = this.files.get(path);
    if (file === undefined) {
      if (this.directories.has(path)) throw systemError('EISDIR', path);
      if (mode !== 'create' || !this.directories.has(parentOf(path))) throw systemError('ENOENT', path);
      file = { bytes: new Uint8Array(0), length: 0, isOwn: true, identity: String(this.nextIdentity++) };
      this.files.set(path, file);
      this.written.add(path);
    }
    return new StoreFileHandle(this, path, file);
  }

  stat(path: string): FileStatus | undefined {
    this.count();
    const file = this.files.get(path);
    if (file !== undefined) return { sizeBytes: file.length, isDirectory: false, identity: file.identity };
    return this.directories.has(path) ? { sizeBytes: 0, isDirectory: true, identity: path } : undefined;
  }

  list(directory: string): string[] | undefined {
    this.count();
    if (!this.directories.has(directory)) return undefined;
    const names: string[] = [];
    for (const path of [...this.files.keys(), ...this.directories]) {
      if (parentOf(path) === directory && path !== directory) names.push(path.slice(directory.length + 1));
    }
    return names;
  }

  makeDirectory(directory: string): void {
    for (let path = directory; path !== '' && !this.directories.has(path); path = parentOf(path)) {
      this.directories.add(path);
    }
  }

  rename(from: string, to: string): void {
    this.count();
    if (this.directories.has(from)) return this.renameDirectory(from, to);
    const file = this.files.get(from);
    if (file === undefined) throw systemError('ENOENT', from);
    this.files.delete(from);
    this.files.set(to, file);
    this.written.add(from).add(to);
  }

  remove(path: string): void {
    this.count();
    if (this.files.delete(path)) this.written.add(path);
  }

  syncDirectory(directory: string): void {
    if (!this.directories.has(directory)) throw systemError('ENOENT', directory);
  }

  syncDirectoryLater(directory: string): Promise<void> {
    return new Promise((resolve) => {
      this.syncDirectory(directory);
      resolve();
    });
  }

  watch(): undefined {
    return undefined;
  }

  lock(path: string): FileLock | undefined {
    if (this.locks.has(path)) return undefined;
    this.open(path, 'create').close();
    this.locks.add(path);
    return { release: () => void this.locks.delete(path) };
  }

  /** @internal For the handles: counts a call, and refuses one too many. */
  count(): void {
    if (++this.calls > mostCalls) throw new GuardError(`More than ${mostCalls} calls: this never ends`);
  }

  /** @internal */
  checkAllocation(sizeBytes: number, file: StoredFile, path: string): void {
    if (sizeBytes <= this.largestReadBytes) return;
    this.largestReadBytes = sizeBytes;
    if (sizeBytes <= allowedAllocationBytes + 2 * file.length) return;
    throw new GuardError(`${sizeBytes} bytes were allocated to read ${path}, which has ${file.length}`);
  }

  /** @internal */
  noteWrite(path: string): void {
    this.written.add(path);
  }

  private renameDirectory(from: string, to: string): void {
    const isInside = (path: string): boolean => path === from || path.startsWith(`${from}/`);
    for (const path of [...this.directories].filter(isInside)) {
      this.directories.delete(path);
      this.makeDirectory(to + path.slice(from.length));
    }
    for (const path of [...this.files.keys()].filter(isInside)) this.rename(path, to + path.slice(from.length));
  }
}

class StoreFileHandle implements FileHandle {
  readonly path: string;
  private readonly files: StoreFiles;
  private readonly file: StoredFile;

  constructor(files: StoreFiles, path: string, file: StoredFile) {
    this.files = files;
    this.path = path;
    this.file = file;
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    this.files.count();
    this.files.checkAllocation(target.length, this.file, this.path);
    if (!Number.isSafeInteger(position) || position < 0) throw systemError('EINVAL', this.path);
    const count = Math.max(0, Math.min(length, this.file.length - position));
    if (count > 0) target.set(this.file.bytes.subarray(position, position + count), offset);
    return count;
  }

  write(source: Uint8Array, offset: number, length: number, position: number): number {
    this.files.count();
    this.grow(Math.max(this.file.length, position + length));
    this.file.bytes.set(source.subarray(offset, offset + length), position);
    return length;
  }

  truncate(sizeBytes: number): void {
    this.files.count();
    const before = this.file.length;
    this.grow(sizeBytes);
    if (sizeBytes < before) this.file.bytes.fill(0, sizeBytes, before);
  }

  sizeBytes(): number {
    return this.file.length;
  }

  sync(): void {
    this.files.count();
  }

  syncLater(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Nothing is held.
  }

  /** Makes room for a write, in bytes that are this case's own. */
  private grow(length: number): void {
    const { file } = this;
    if (length > 2 ** 28) throw new GuardError(`${this.path} was to become ${length} bytes long`);
    if (!file.isOwn || file.bytes.length < length) {
      const bytes = new Uint8Array(Math.max(length, 2 * file.length));
      bytes.set(file.bytes.subarray(0, Math.min(file.length, length)));
      file.bytes = bytes;
      file.isOwn = true;
    }
    file.length = length;
    this.files.noteWrite(this.path);
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code, path });
}
