/** The place of the states of a store's projections: files that any process may read. */
import { type FileSystem, nodeFileSystem, VarveError } from '@varve/core';
import { defaultStorageDirectory, fileNames, findStore, storeDirectory } from '@varve/core/internal';

export interface ProjectionStatePlace {
  /** The directory that holds the store's folder. @default './data' */
  readonly storageDirectory?: string;
  /** The store's name. @default 'eventstore' */
  readonly store?: string;
  /** The folder of the projections' saved states. @default the folder `consumers` of the store */
  readonly stateDirectory?: string;
  /** The file system of the files. Tests can pass a simulated disk. */
  readonly fileSystem?: FileSystem;
}

/** What reading the files of a projection requires of their store. */
export interface FoundStatePlace {
  readonly stateDirectory: string;
  readonly storeId: string;
  readonly fileSystem: FileSystem;
}

/** Throws `STORE_MISSING`, `NOT_A_STORE`, `STORE_UNAVAILABLE`. */
export function findStatePlace(place: ProjectionStatePlace): FoundStatePlace {
  const { storageDirectory = defaultStorageDirectory, store = 'eventstore', fileSystem = nodeFileSystem } = place;
  const directory = storeDirectory(storageDirectory, store);
  const description = findStore(fileSystem, directory);
  if (description === undefined) {
    throw new VarveError('STORE_MISSING', `There is no store in ${directory}.`, {
      path: directory,
      hint: 'Check the directory and the name, or wait until the writer has made the store.',
    });
  }
  const { stateDirectory = `${directory}/${fileNames.consumers}` } = place;
  return { stateDirectory, storeId: description.id, fileSystem };
}
