/** The folder of a system's snapshots: finds them, names them, and removes those that are no longer needed. */
import type { FileSystem } from '@varve/core';
import {
  accessible,
  parseSnapshotFileName,
  prevalenceFolderName,
  snapshotFileName,
  temporarySuffix,
} from '@varve/core/internal';
import { DurableFolder } from './durable-folder.ts';

export class SnapshotFolder {
  readonly path: string;
  private readonly fileSystem: FileSystem;
  private readonly folder: DurableFolder;

  constructor(fileSystem: FileSystem, storeDirectory: string, systemName: string) {
    this.fileSystem = fileSystem;
    this.path = `${storeDirectory}/${prevalenceFolderName(systemName)}`;
    this.folder = new DurableFolder(fileSystem, this.path, storeDirectory);
  }

  pathOf(position: number): string {
    return `${this.path}/${snapshotFileName(position)}`;
  }

  /** The positions of the existing snapshots, newest first. */
  positions(): number[] {
    const names = accessible(this.path, () => this.fileSystem.list(this.path)) ?? [];
    return names.flatMap((name) => parseSnapshotFileName(name) ?? []).sort((a, b) => b - a);
  }

  /** Creates the folder, and removes unfinished snapshots. Only for the system that writes. */
  prepare(): void {
    const { fileSystem, path } = this;
    accessible(path, () => this.folder.make());
    for (const name of fileSystem.list(path) ?? []) {
      if (name.endsWith(temporarySuffix)) fileSystem.remove(`${path}/${name}`);
    }
  }

  /** Renames a complete file to its final name, and resolves when the medium has it under that name. */
  async admit(temporaryPath: string, path: string): Promise<void> {
    await this.folder.durable();
    this.fileSystem.rename(temporaryPath, path);
    await this.fileSystem.syncDirectoryLater(this.path);
  }

  /**
   * Of the snapshots up to `newest`, keeps the newest `keep` and removes the others. Later ones are of a history that
   * is gone: they are not used, and must not displace those that are. Those that are not `own` are left alone, too: a
   * system of the same name may have another journal.
   */
  prune(keep: number, newest: number, own: (position: number) => boolean): void {
    const older = this.positions().filter((position) => position <= newest && own(position));
    for (const position of older.slice(keep)) this.fileSystem.remove(this.pathOf(position));
  }

  remove(position: number): void {
    this.fileSystem.remove(this.pathOf(position));
  }
}
