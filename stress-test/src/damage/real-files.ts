/** The same files on the disk of this machine: a case as the operating system sees it, with its locks and its errors. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { type FileHandle, type FileLock, type FileStatus, nodeFileSystem, type Watch } from '@varve/core';
import type { CaseFiles, ChangedFile, Files } from './store-files.ts';

export class RealFiles implements CaseFiles {
  private readonly root: string;
  private readonly before: Files;

  /** Puts the files into the folder `root`, and removes whatever is there. */
  constructor(root: string, files: Files, changed?: ChangedFile) {
    this.root = root;
    rmSync(root, { recursive: true, force: true });
    for (const [path, bytes] of files) this.write(path, bytes);
    if (changed?.[1] !== undefined) this.write(changed[0], changed[1]);
    else if (changed !== undefined) rmSync(this.at(changed[0]), { force: true });
    this.before = this.contents;
  }

  get contents(): Files {
    const entries = readdirSync(this.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      entries.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(this.root.length).replaceAll(sep, '/'), new Uint8Array(readFileSync(path))];
      }),
    );
  }

  get changedPaths(): readonly string[] {
    const { before, contents } = this;
    return [...new Set([...before.keys(), ...contents.keys()])].filter((path) => {
      const [left, right] = [before.get(path), contents.get(path)];
      return left === undefined || right === undefined || Buffer.compare(left, right) !== 0;
    });
  }

  open(path: string, mode: 'read' | 'write' | 'create'): FileHandle {
    return nodeFileSystem.open(this.at(path), mode);
  }

  stat(path: string): FileStatus | undefined {
    return nodeFileSystem.stat(this.at(path));
  }

  list(directory: string): string[] | undefined {
    return nodeFileSystem.list(this.at(directory));
  }

  makeDirectory(directory: string): void {
    nodeFileSystem.makeDirectory(this.at(directory));
  }

  rename(from: string, to: string): void {
    nodeFileSystem.rename(this.at(from), this.at(to));
  }

  remove(path: string): void {
    nodeFileSystem.remove(this.at(path));
  }

  syncDirectory(directory: string): void {
    nodeFileSystem.syncDirectory(this.at(directory));
  }

  async syncDirectoryLater(directory: string): Promise<void> {
    return nodeFileSystem.syncDirectoryLater(this.at(directory));
  }

  watch(directory: string, listener: () => void): Watch | undefined {
    return nodeFileSystem.watch(this.at(directory), listener);
  }

  lock(path: string): FileLock | undefined {
    return nodeFileSystem.lock(this.at(path));
  }

  private at(path: string): string {
    return `${this.root}${path}`;
  }

  private write(path: string, bytes: Uint8Array): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), bytes);
  }
}
