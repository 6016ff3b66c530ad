/**
 * What was written since the last sync: segment files, the catalog, and directories in which files were made.
 * A sync takes all of it at once, so that one wait for the medium serves every commit that waits.
 */
import type { FileSystem } from '@varve/core';
import type { WriteFile } from './write-file.ts';

/** Files that are synced side by side: more than the thread pool takes, and few enough to have them open. */
const maxSyncsAtOnce = 16;

export class DirtyFiles {
  private readonly fileSystem: FileSystem;
  private files = new Set<WriteFile>();
  private directories = new Set<string>();
  /** Files that will not be written any more: closed as soon as they are synced. */
  private readonly retired = new Set<WriteFile>();
  /** Those whose sync was begun and has not ended: nobody may count on it yet. */
  private underWay: { readonly files: Set<WriteFile>; readonly directories: Set<string> } | undefined;

  constructor(fileSystem: FileSystem) {
    this.fileSystem = fileSystem;
  }

  add(file: WriteFile): void {
    this.files.add(file);
  }

  addDirectory(directory: string): void {
    this.directories.add(directory);
  }

  retire(file: WriteFile): void {
    this.retired.add(file);
  }

  /** Makes durable what was written before this call; resolves when it is. */
  async syncLater(): Promise<void> {
    const taken = this.take();
    this.underWay = taken;
    const files = [...taken.files];
    for (let first = 0; first < files.length; first += maxSyncsAtOnce) {
      await Promise.all(files.slice(first, first + maxSyncsAtOnce).map((file) => file.syncLater()));
    }
    this.finish(taken.directories);
    this.underWay = undefined;
  }

  sync(): void {
    const { files, directories } = this.take();
    for (const file of new Set([...(this.underWay?.files ?? []), ...files])) file.sync();
    this.finish(new Set([...(this.underWay?.directories ?? []), ...directories]));
  }

  private closeRetired(): void {
    for (const file of this.retired) {
      if (file.needsSync || file.isBusy) continue;
      file.close();
      this.retired.delete(file);
    }
  }

  /** Closes what waited to be synced; for the end, when nobody asks any more. */
  closeAll(): void {
    for (const file of this.retired) file.close();
    this.retired.clear();
  }

  private take(): { files: Set<WriteFile>; directories: Set<string> } {
    const { files, directories } = this;
    this.files = new Set();
    this.directories = new Set();
    return { files, directories };
  }

  private finish(directories: Set<string>): void {
    for (const directory of directories) this.fileSystem.syncDirectory(directory);
    this.closeRetired();
  }
}
