/** The dead letters of a projection, for whoever looks after it. Any process may ask, also while the projection runs. */
import { nodeFileSystem, VarveError } from '@varve/core';
import { defaultStorageDirectory, fileNames, findStore, storeDirectory } from '@varve/core/internal';
import type { ProjectionIdentity } from '../projection/projection.ts';
import type { ProjectionStatePlace } from '../projection/projection-state.ts';
import { type DeadLetter, DeadLetterFile } from './dead-letter-file.ts';

/**
 * The events that the projection skipped because it could not handle them, in the order of their positions.
 *
 * Throws `STORE_MISSING`, `NOT_A_STORE`, `STORE_UNAVAILABLE`, `CONSUMER_STATE` when the file is damaged, `DIVERGED`
 * when it belongs to another store.
 */
export function readDeadLetters(
  projection: ProjectionIdentity,
  place: ProjectionStatePlace = {},
): readonly DeadLetter[] {
  const { storageDirectory = defaultStorageDirectory, store = 'eventstore' } = place;
  const directory = storeDirectory(storageDirectory, store);
  const description = findStore(nodeFileSystem, directory);
  if (description === undefined) {
    throw new VarveError('STORE_MISSING', `There is no store in ${directory}.`, {
      path: directory,
      hint: 'Check the directory and the name, or wait until the writer has made the store.',
    });
  }
  const stateDirectory = place.stateDirectory ?? `${directory}/${fileNames.consumers}`;
  const file = { fileSystem: nodeFileSystem, stateDirectory, storeId: description.id, projection };
  return new DeadLetterFile(file).letters;
}
