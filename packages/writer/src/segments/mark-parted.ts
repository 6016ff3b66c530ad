/** Records in `store.json` that not all files are where an older Varve would look for them. */
import {
  encodeStoreDescription,
  fileNames,
  type StoreContext,
  partedVersion,
  replaceFile,
  type StoreDescription,
} from '@varve/core/internal';

/** Durable when it returns; a crash leaves one of the two descriptions. */
export function markParted({ directory, fileSystem }: StoreContext, description: StoreDescription): void {
  if (description.version === partedVersion) return;
  const path = `${directory}/${fileNames.store}`;
  const text = encodeStoreDescription({ ...description, version: partedVersion });
  replaceFile(fileSystem, path, new TextEncoder().encode(text), { isDurable: true });
}
