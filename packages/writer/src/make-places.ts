/**
 * Creates the folders for the files of a new store. All of this is durable before the store exists, because whoever finds a
 * store relies on its folders.
 */
import { resolve } from 'node:path';
import { type FileSystem, VarveError } from '@varve/core';
import {
  encodePartFile,
  fileNames,
  makeDurableDirectory,
  ownerOf,
  type PlaceOptions,
  placeFolder,
  replaceFile,
  type StoreDescription,
  temporarySuffix,
} from '@varve/core/internal';

/**
 * Creates the folders outside the store's own, with the file that says which store they belong to. Throws `NOT_A_STORE` when
 * one of them is not empty: it has files of another store, or of one that was here before.
 */
export function makePlaces(directory: string, { fileSystem }: PlaceOptions, description: StoreDescription): void {
  const { dataDirectory, indexDirectory, id } = description;
  const recorded = [dataDirectory, indexDirectory].filter((place) => place !== undefined);
  const folders = new Set(recorded.map((place) => placeFolder(place, directory)));
  for (const folder of folders) assertFree(fileSystem, folder, resolve(directory));
  for (const folder of folders) {
    makeDurableDirectory(fileSystem, folder);
    const path = `${folder}/${fileNames.part}`;
    const bytes = new TextEncoder().encode(encodePartFile({ store: id, directory: resolve(directory) }));
    replaceFile(fileSystem, path, bytes, { isDurable: true });
  }
}

/** A writer that died before there was a store in `directory` may have left its file here, with an id that no store has. */
function assertFree(fileSystem: FileSystem, folder: string, directory: string): void {
  const isOwn = ownerOf(fileSystem, folder)?.directory === directory;
  const left = new Set([fileNames.part + temporarySuffix, ...(isOwn ? [fileNames.part] : [])]);
  const foreign = (fileSystem.list(folder) ?? []).filter((name) => !left.has(name));
  if (foreign.length === 0) return;
  throw new VarveError('NOT_A_STORE', `The directory ${folder} is to take files of a new store, and is not empty.`, {
    path: folder,
    found: foreign.slice(0, 5),
    hint: 'Give a directory that is empty or does not exist yet, or bring back the store that these files belong to.',
  });
}
