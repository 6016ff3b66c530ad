/** The files that belong to the repository: according to git, or from the file system where there is no git. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Tracked files, and those that `git add` would track: a finding should come before the commit. */
export function repositoryFiles(folder: string): string[] {
  return (filesByGit(folder) ?? filesByLooking(folder, '')).toSorted();
}

/** Undefined where git is missing, or the folder is a copy without history. */
export function filesByGit(folder: string): string[] | undefined {
  // The folder may belong to another user, as when a container has it mounted.
  const list = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', list, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return undefined;
  return [...new Set(stdout.split('\0'))].filter((path) => path !== '' && existsSync(join(folder, path)));
}

const generated = new Set(['.git', '.tsbuild', '.turbo', 'coverage', 'dist', 'node_modules']);

export function filesByLooking(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    if (generated.has(entry.name)) return [];
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return filesByLooking(folder, path);
    return entry.isFile() ? [path] : [];
  });
}
