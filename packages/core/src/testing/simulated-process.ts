/**
 * A process on the simulated computer: the `FileSystem` that a store under test receives. When it is killed, its locks
 * are released, its watches closed, and whatever its code still tries fails.
 */
import type { FileHandle, FileLock, FileStatus, FileSystem, Watch } from '../file-system/file-system.ts';
import { type CallKind, FaultError } from './fault.ts';
import { type MediumNode, SimulatedDirectory, systemError } from './medium.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedFile } from './simulated-file.ts';

export class SimulatedProcess implements FileSystem {
  private readonly disk: SimulatedDisk;
  private isAlive = true;
  private readonly handles = new Set<SimulatedHandle>();
  private readonly watches = new Set<Watch>();
  private mostHandles = 0;
  private readonly lateCalls: string[] = [];

  constructor(disk: SimulatedDisk) {
    this.disk = disk;
  }

  /** Files that are open now; `mostOpenFiles` is the most that were open at once. */
  get openFiles(): readonly string[] {
    return [...this.handles].map(({ path }) => path);
  }

  get mostOpenFiles(): number {
    return this.mostHandles;
  }

  /**
   * Calls on files that had been closed. On a real system the descriptor of such a file may belong to another file by
   * then, which receives what is written.
   */
  get callsOnClosedFiles(): readonly string[] {
    return this.lateCalls;
  }

  /** SIGKILL: what was written stays visible to the others. */
  kill(): void {
    this.isAlive = false;
    for (const watch of this.watches) watch.close();
    for (const [path, holder] of this.disk.locks) if (holder === this) this.disk.locks.delete(path);
  }

  open(path: string, mode: 'read' | 'write' | 'create'): FileHandle {
    const isNew = this.node(path) === undefined;
    this.admit(isNew && mode === 'create' ? 'create' : 'open', path);
    if (isNew && mode === 'create') this.disk.perform({ kind: 'create', path });
    const handle = new SimulatedHandle(this, this.disk, path, this.fileAt(path));
    this.handles.add(handle);
    this.mostHandles = Math.max(this.mostHandles, this.handles.size);
    return handle;
  }

  stat(path: string): FileStatus | undefined {
    this.admit('stat', path);
    const node = this.node(path);
    if (node === undefined) return undefined;
    const isDirectory = node instanceof SimulatedDirectory;
    return { sizeBytes: isDirectory ? 0 : node.sizeBytes, isDirectory, identity: String(node.id) };
  }

  list(directory: string): string[] | undefined {
    this.admit('list', directory);
    const node = this.node(directory);
    if (node instanceof SimulatedFile) throw systemError('ENOTDIR', directory);
    return node === undefined ? undefined : [...node.cached.keys()];
  }

  makeDirectory(directory: string): void {
    this.admit('makeDirectory', directory);
    const names = directory.split('/');
    for (let count = 1; count <= names.length; count++) {
      const path = names.slice(0, count).join('/');
      const node = this.node(path);
      if (node instanceof SimulatedFile) throw systemError(count === names.length ? 'EEXIST' : 'ENOTDIR', path);
      if (node === undefined) this.disk.perform({ kind: 'makeDirectory', path });
    }
  }

  rename(from: string, to: string): void {
    this.admit('rename', from);
    const replaced = this.node(to);
    if (replaced instanceof SimulatedFile) this.disk.giveRoom(replaced.sizeBytes);
    this.disk.perform({ kind: 'rename', from, to });
  }

  remove(path: string): void {
    this.admit('remove', path);
    const node = this.node(path);
    if (node instanceof SimulatedDirectory) throw systemError('EISDIR', path);
    if (node === undefined) return;
    this.disk.giveRoom(node.sizeBytes);
    this.disk.perform({ kind: 'remove', path });
  }

  syncDirectory(directory: string): void {
    this.admit('syncDirectory', directory);
    if (this.node(directory) === undefined) throw systemError('ENOENT', directory);
    this.disk.perform({ kind: 'syncDirectory', path: directory });
  }

  async syncDirectoryLater(directory: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.syncDirectory(directory);
  }

  watch(directory: string, listener: () => void): Watch {
    const watch = this.disk.addWatch(directory, listener);
    this.watches.add(watch);
    return watch;
  }

  lock(path: string): FileLock | undefined {
    this.admit('lock', path);
    const { locks } = this.disk;
    if (locks.has(path)) return undefined;
    if (this.node(path) === undefined) this.disk.perform({ kind: 'create', path });
    locks.set(path, this);
    return {
      release: () => {
        if (locks.get(path) === this) locks.delete(path);
      },
    };
  }

  /** @internal For the handles. */
  admit(kind: CallKind, path: string, length = 0): number {
    if (!this.isAlive) throw systemError('EKILLED', path);
    return this.disk.admit(kind, path, length);
  }

  /** @internal */
  refuseLate(kind: CallKind, path: string): never {
    this.lateCalls.push(`${kind} ${path}`);
    throw systemError('EBADF', path);
  }

  /** @internal */
  forget(handle: SimulatedHandle): void {
    this.handles.delete(handle);
  }

  private node(path: string): MediumNode | undefined {
    return this.disk.medium.find(path);
  }

  private fileAt(path: string): SimulatedFile {
    const node = this.node(path);
    if (node === undefined) throw systemError('ENOENT', path);
    if (node instanceof SimulatedDirectory) throw systemError('EISDIR', path);
    return node;
  }
}

class SimulatedHandle implements FileHandle {
  readonly path: string;
  private readonly process: SimulatedProcess;
  private readonly disk: SimulatedDisk;
  private readonly file: SimulatedFile;
  private isOpen = true;

  constructor(process: SimulatedProcess, disk: SimulatedDisk, path: string, file: SimulatedFile) {
    this.process = process;
    this.disk = disk;
    this.path = path;
    this.file = file;
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    const count = this.admit('read', length);
    return this.file.read(target, offset, count, position);
  }

  write(source: Uint8Array, offset: number, length: number, position: number): number {
    const admitted = this.admit('write', length);
    const grows = Math.max(0, position + admitted - this.file.sizeBytes);
    const granted = admitted - grows + this.disk.takeRoom(grows);
    if (granted <= 0 && length > 0) throw systemError('ENOSPC', this.path);
    // A copy: the slice of a Buffer would change with the caller's memory.
    const bytes = new Uint8Array(source.subarray(offset, offset + granted));
    this.disk.perform({ kind: 'write', file: this.file.id, position, bytes });
    return granted;
  }

  truncate(sizeBytes: number): void {
    this.admit('truncate');
    this.disk.giveRoom(this.file.sizeBytes - sizeBytes);
    this.disk.perform({ kind: 'truncate', file: this.file.id, sizeBytes });
  }

  sizeBytes(): number {
    this.admit('stat');
    return this.file.sizeBytes;
  }

  sync(): void {
    const changes = this.file.unsynced.length;
    try {
      this.admit('sync');
    } catch (error) {
      this.syncFailed(error, changes);
      throw error;
    }
    this.disk.perform({ kind: 'sync', file: this.file.id, changes });
  }

  /** Covers what was written before the call, and completes one turn of the event loop later. */
  async syncLater(): Promise<void> {
    const written = this.file.unsynced.at(-1);
    await new Promise((resolve) => setImmediate(resolve));
    // Another sync may have covered some of it meanwhile.
    const changes = written === undefined ? 0 : this.file.unsynced.indexOf(written) + 1;
    try {
      this.admit('sync');
    } catch (error) {
      this.syncFailed(error, changes);
      throw error;
    }
    this.disk.perform({ kind: 'sync', file: this.file.id, changes });
  }

  close(): void {
    if (!this.isOpen) this.process.refuseLate('close', this.path);
    this.isOpen = false;
    this.process.forget(this);
  }

  private admit(kind: CallKind, length = 0): number {
    if (!this.isOpen) this.process.refuseLate(kind, this.path);
    return this.process.admit(kind, this.path, length);
  }

  private syncFailed(error: unknown, changes: number): void {
    if (!(error instanceof FaultError) || !error.losesWrites) return;
    this.disk.perform({ kind: 'abandon', file: this.file.id, changes });
  }
}
