/**
 * A file that is appended to. Knows how far it was written and whether the medium has it.
 *
 * Invariant: a write that fails leaves the file at its last good length. `DISK_FULL` says that this is so, and that the
 * write may be tried again; after any other error the caller must write no more to the file.
 */
import { type FileHandle, type FileSystem } from '@varve/core';
import { writeFully } from '@varve/core/internal';
import { asDiskFull } from './disk-full.ts';

export class WriteFile {
  readonly path: string;
  private readonly fileSystem: FileSystem;
  private handle: FileHandle | undefined;
  /** Length up to which every write was complete. */
  private length: number;
  private synced = 0;
  private isUnsynced = false;
  private syncsUnderWay = 0;
  private isClosing = false;

  constructor(fileSystem: FileSystem, path: string, lengthBytes: number) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.length = lengthBytes;
  }

  get lengthBytes(): number {
    return this.length;
  }

  /** Bytes that were synced through this object. */
  get syncedBytes(): number {
    return this.synced;
  }

  get needsSync(): boolean {
    return this.isUnsynced;
  }

  get isBusy(): boolean {
    return this.syncsUnderWay > 0;
  }

  append(bytes: Uint8Array, start: number, length: number): void {
    this.isUnsynced = true;
    try {
      writeFully(this.open(), bytes, start, length, this.length);
    } catch (error) {
      throw this.cutBack() ? asDiskFull(error, this.path) : error;
    }
    this.length += length;
  }

  truncate(lengthBytes: number): void {
    this.isUnsynced = true;
    this.open().truncate(lengthBytes);
    this.length = lengthBytes;
    this.synced = Math.min(this.synced, lengthBytes);
  }

  /** A file that was closed meanwhile is opened for it, and closed again. */
  sync(): void {
    const wasOpen = this.handle !== undefined;
    this.open().sync();
    this.isUnsynced = false;
    this.synced = this.length;
    if (!wasOpen) this.close();
  }

  async syncLater(): Promise<void> {
    this.isUnsynced = false;
    this.isClosing ||= this.handle === undefined;
    this.syncsUnderWay++;
    const { length } = this;
    try {
      await this.open().syncLater();
      this.synced = Math.max(this.synced, length);
    } finally {
      this.syncsUnderWay--;
      if (this.isClosing) this.close();
    }
  }

  /** Closes the file, once the last sync has ended: after that its descriptor may belong to another file. */
  close(): void {
    this.isClosing = this.isBusy;
    if (this.isBusy) return;
    this.handle?.close();
    this.handle = undefined;
  }

  private open(): FileHandle {
    return (this.handle ??= this.fileSystem.open(this.path, 'create'));
  }

  /** Removes what a failed write left. If that fails too, recovery finds a torn tail, which it can cut. */
  private cutBack(): boolean {
    try {
      this.handle?.truncate(this.length);
      return true;
    } catch {
      // The first error is the one to report; the writer takes no more commits.
      return false;
    }
  }
}
