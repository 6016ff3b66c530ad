/**
 * A folder of a system within that of its store. Its contents are durable only when its own name and those of the
 * folders above it are, and the process that made these may have died before that.
 */
import { dirname } from 'node:path';
import type { FileSystem } from '@varve/core';

export class DurableFolder {
  private readonly fileSystem: FileSystem;
  private readonly path: string;
  private readonly storeDirectory: string;
  private syncing: Promise<void> | undefined;

  constructor(fileSystem: FileSystem, path: string, storeDirectory: string) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.storeDirectory = storeDirectory;
  }

  make(): void {
    this.fileSystem.makeDirectory(this.path);
  }

  /** Resolves when the folder is on the medium, without blocking; once it is, it is not synced again. */
  durable(): Promise<void> {
    this.syncing ??= this.sync().catch((error: unknown) => {
      this.syncing = undefined;
      throw error;
    });
    return this.syncing;
  }

  private async sync(): Promise<void> {
    for (let at = this.path; at.length > this.storeDirectory.length; at = dirname(at)) {
      await this.fileSystem.syncDirectoryLater(dirname(at));
    }
  }
}
