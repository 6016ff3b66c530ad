/**
 * A bounded set of files open for reading: when another one is needed, the least recently used one is closed, so that a
 * store with a file per stream does not run out of descriptors. If the process has none left nevertheless, all are
 * closed.
 */
import type { FileHandle, FileSystem, Watch } from './file-system.ts';

export class FilePool {
  private readonly fileSystem: FileSystem;
  private readonly maxOpenFiles: number;
  /** In order of use once half of the bound is in use: a Map keeps the order of insertion. */
  private readonly handles = new Map<string, FileHandle>();
  private scarcity: Watch | undefined;

  constructor(fileSystem: FileSystem, maxOpenFiles: number) {
    this.fileSystem = fileSystem;
    this.maxOpenFiles = maxOpenFiles;
  }

  open(path: string): FileHandle {
    this.scarcity ??= this.fileSystem.whenScarce?.(() => this.closeAll());
    const known = this.handles.get(path);
    // Far from the bound the order is not maintained: that would cost a tenth of the time to read a single event.
    if (known !== undefined && this.handles.size <= this.maxOpenFiles / 2) return known;
    const handle = known ?? this.fileSystem.open(path, 'read');
    this.handles.delete(path);
    this.handles.set(path, handle);
    if (this.handles.size > this.maxOpenFiles) this.closeOldest();
    return handle;
  }

  /** Closes the file if it is open, so that the next `open` sees what the path names then. */
  close(path: string): void {
    this.handles.get(path)?.close();
    this.handles.delete(path);
  }

  closeAll(): void {
    for (const handle of this.handles.values()) handle.close();
    this.handles.clear();
    this.scarcity?.close();
    this.scarcity = undefined;
  }

  private closeOldest(): void {
    for (const path of this.handles.keys()) {
      this.close(path);
      return;
    }
  }
}
