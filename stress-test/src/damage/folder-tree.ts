/**
 * Which names are in which folder, for files in memory. The tree of a specimen is built once, and shared by all cases that
 * begin with its files: a case that adds or removes a name copies the folders that it changes.
 */
import type { Files } from './store-files.ts';

/** By folder, the names of files and folders in it. */
type Folders = Map<string, ReadonlySet<string>>;

const knownTrees = new WeakMap<Files, Folders>();

export class FolderTree {
  private folders: Folders;
  private isOwn = false;

  private constructor(folders: Folders) {
    this.folders = folders;
  }

  static of(files: Files): FolderTree {
    let folders = knownTrees.get(files);
    if (folders === undefined) {
      const tree = new FolderTree(new Map([['', new Set()]]));
      tree.isOwn = true;
      for (const path of files.keys()) {
        tree.addFolder(parentOf(path));
        tree.add(path);
      }
      knownTrees.set(files, (folders = tree.folders));
    }
    return new FolderTree(folders);
  }

  isFolder(path: string): boolean {
    return this.folders.has(path === '/' ? '' : path);
  }

  namesIn(folder: string): string[] | undefined {
    const names = this.folders.get(folder);
    return names && [...names];
  }

  /** Adds a name to a folder that exists. */
  add(path: string): void {
    this.change(path, (names, name) => names.add(name));
  }

  remove(path: string): void {
    this.change(path, (names, name) => names.delete(name));
  }

  /** Creates the folder, and those that it is in. */
  addFolder(path: string): void {
    if (this.isFolder(path)) return;
    this.addFolder(parentOf(path));
    this.add(path);
    this.own.set(path, new Set());
  }

  /** Gives a folder, and those in it, another path; the caller moves the files one by one. */
  renameFolder(from: string, to: string): void {
    const moved = [...this.folders.keys()].filter((path) => path === from || path.startsWith(`${from}/`));
    for (const path of moved) this.addFolder(to + path.slice(from.length));
    for (const path of moved) this.own.delete(path);
    this.remove(from);
  }

  private change(path: string, edit: (names: Set<string>, name: string) => unknown): void {
    const folder = parentOf(path);
    const names = this.folders.get(folder);
    if (names === undefined) return;
    const changed = new Set(names);
    edit(changed, path.slice(folder.length + 1));
    this.own.set(folder, changed);
  }

  private get own(): Folders {
    if (!this.isOwn) this.folders = new Map(this.folders);
    this.isOwn = true;
    return this.folders;
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
