/**
 * The folder `recovered`, which keeps what recovery and repair cut off. Nothing in it is ever overwritten: two recoveries may
 * cut at the same place.
 */
import { fileNames, makeDurableDirectory, replaceFile } from '@varve/core/internal';
import type { FileSystem } from '@varve/core';

/** A path for `name` in the folder `recovered` of `directory` that no file has yet. Creates the folder. */
export function recoveredPath(fileSystem: FileSystem, directory: string, name: string): string {
  const folder = `${directory}/${fileNames.recovered}`;
  makeDurableDirectory(fileSystem, folder);
  const base = `${folder}/${name}`;
  let path = base;
  for (let number = 2; fileSystem.stat(path) !== undefined; number++) path = `${base}.${number}`;
  return path;
}

/** Keeps these bytes, durably, before they are cut off. */
export function keepRecovered(fileSystem: FileSystem, directory: string, name: string, bytes: Uint8Array): void {
  replaceFile(fileSystem, recoveredPath(fileSystem, directory, name), bytes, { isDurable: true });
}

/** Cuts the file back to `sizeBytes`, durably. */
export function truncateDurably(fileSystem: FileSystem, path: string, sizeBytes: number): void {
  const file = fileSystem.open(path, 'write');
  try {
    file.truncate(sizeBytes);
    file.sync();
  } finally {
    file.close();
  }
}
