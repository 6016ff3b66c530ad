/**
 * Files in memory that cost nothing to set up again: each case takes those of a specimen as they are, one of them damaged, and
 * lets Varve work on them. What a case writes is its own. They are a guard, too: a case that never ends, or that allocates more
 * for a read than there can be to read, fails here with an error of its own instead of taking down the process.
 */
import type { FileHandle, FileLock, FileStatus, FileSystem } from '@varve/core';
import { FolderTree, parentOf } from './folder-tree.ts';

/** By path, what a file holds. Never changed: a case that writes makes a copy. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** One file that differs from the others, which are as they were left; without bytes when it is gone. */
export type ChangedFile = readonly [path: string, bytes: Uint8Array | undefined];

/** The file system of a case, which says what became of its files. */
export interface CaseFiles extends FileSystem {
  /** All files as they are now. */
  readonly contents: Files;
  /** Paths of what was created, written, renamed or removed. */
  readonly changedPaths: readonly string[];
}

/** No case needs nearly as many calls: more of them are treated as an endless loop. */
const maxCalls = 200_000;
/** What may be read at once, whatever the size of the file: blocks, and the window of the search for whole frames. */
const allowedAllocationBytes = 1_200_000;

/** Varve requested something that it must never request. It does not handle this error, so the error comes out. */
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

export class StoreFiles implements CaseFiles {
  /** The largest buffer that was given to a read, in bytes. */
  largestReadBytes = 0;
  private readonly base: Files;
  /** Files that were used, created or removed; the others are as in `base`. */
  private readonly touched = new Map<string, StoredFile | undefined>();
  private readonly tree: FolderTree;
  private readonly locks = new Set<string>();
  private readonly written = new Set<string>();
  private calls = 0;
  private nextIdentity = 1;

  constructor(files: Files, changed?: ChangedFile) {
    this.base = files;
    this.tree = FolderTree.of(files);
    if (changed === undefined) return;
    const [path, bytes] = changed;
    this.touched.set(path, bytes && this.stored(bytes));
    this.tree.addFolder(parentOf(path));
    if (bytes === undefined) this.tree.remove(path);
    else this.tree.add(path);
  }

  get contents(): Files {
    const contents = new Map(this.base);
    for (const [path, file] of this.touched) {
      if (file === undefined) contents.delete(path);
      else contents.set(path, file.isOwn ? file.bytes.slice(0, file.length) : file.bytes);
    }
    return contents;
  }

  get changedPaths(): readonly string[] {
    return [...this.written];
  }

  open(path: string, mode: 'read' | 'write' | 'create'): FileHandle {
    this.count();
    let file = this.find(path);
    if (file === undefined) {
      if (this.tree.isFolder(path)) throw systemError('EISDIR', path);
      if (mode !== 'create' || !this.tree.isFolder(parentOf(path))) throw systemError('ENOENT', path);
      file = this.stored(new Uint8Array(0));
      this.put(path, file);
    }
    return new StoreFileHandle(this, path, file);
  }

  stat(path: string): FileStatus | undefined {
    this.count();
    const file = this.find(path);
    if (file !== undefined) return { sizeBytes: file.length, isDirectory: false, identity: file.identity };
    return this.tree.isFolder(path) ? { sizeBytes: 0, isDirectory: true, identity: path } : undefined;
  }

  list(directory: string): string[] | undefined {
    this.count();
    return this.tree.namesIn(directory);
  }

  makeDirectory(directory: string): void {
    this.tree.addFolder(directory);
  }

  rename(from: string, to: string): void {
    this.count();
    if (this.tree.isFolder(from)) return this.renameFolder(from, to);
    const file = this.find(from);
    if (file === undefined) throw systemError('ENOENT', from);
    this.drop(from);
    this.put(to, file);
  }

  remove(path: string): void {
    this.count();
    if (this.find(path) !== undefined) this.drop(path);
  }

  syncDirectory(directory: string): void {
    if (!this.tree.isFolder(directory)) throw systemError('ENOENT', directory);
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
    if (++this.calls > maxCalls) throw new GuardError(`More than ${maxCalls} calls: this never ends`);
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

  private find(path: string): StoredFile | undefined {
    const known = this.touched.get(path);
    if (known !== undefined || this.touched.has(path)) return known;
    const bytes = this.base.get(path);
    if (bytes === undefined) return undefined;
    const file = this.stored(bytes);
    this.touched.set(path, file);
    return file;
  }

  private stored(bytes: Uint8Array): StoredFile {
    return { bytes, length: bytes.length, isOwn: false, identity: String(this.nextIdentity++) };
  }

  private put(path: string, file: StoredFile): void {
    this.touched.set(path, file);
    this.tree.add(path);
    this.written.add(path);
  }

  private drop(path: string): void {
    this.touched.set(path, undefined);
    this.tree.remove(path);
    this.written.add(path);
  }

  private renameFolder(from: string, to: string): void {
    const paths = [...new Set([...this.base.keys(), ...this.touched.keys()])];
    this.tree.renameFolder(from, to);
    for (const path of paths.filter((each) => each.startsWith(`${from}/`))) {
      const file = this.find(path);
      if (file === undefined) continue;
      this.drop(path);
      this.put(to + path.slice(from.length), file);
    }
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

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code, path });
}
