/** Directories whose names are on the medium: a file in one that is not would be lost with it, synced or not. */
import { dirname } from 'node:path';
import type { FileSystem } from './file-system.ts';

/** Makes the directory and what is missing above it, and the names of all of them durable. */
export function makeDurableDirectory(fileSystem: FileSystem, directory: string): void {
  const made = [directory];
  for (let above = dirname(directory); fileSystem.stat(above) === undefined; above = dirname(above)) made.push(above);
  fileSystem.makeDirectory(directory);
  for (const path of made) fileSystem.syncDirectory(dirname(path));
}
