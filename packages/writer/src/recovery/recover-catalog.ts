/**
 * Cuts off a record that a crash left half written at the end of the catalog. Runs under the writer's lock, before
 * the catalog is opened for writing.
 */
import { CorruptionError, type FileSystem } from '@varve/core';
import {
  decodeCatalogRecord,
  fileHeaderBytes,
  fileNames,
  ReadableCatalog,
  readWholeFile,
  replaceFile,
  temporarySuffix,
} from '@varve/core/internal';

export function recoverCatalog(directory: string, fileSystem: FileSystem, seed: number): void {
  const catalog = new ReadableCatalog(directory, fileSystem, seed);
  const { path } = catalog;
  const end = catalog.refresh();
  const bytes = readWholeFile(fileSystem, path);
  if (bytes === undefined || end === 'whole') return;
  // A header that is not whole was never followed by a record: the file is begun anew.
  const good = bytes.length < fileHeaderBytes ? 0 : catalog.sizeBytes;
  for (let at = good + 1; at < bytes.length; at++) {
    if (typeof decodeCatalogRecord(bytes, at, bytes.length, seed) === 'string') continue;
    throw new CorruptionError(
      `The record at byte ${good} of ${path} is damaged (${end}), and a whole one lies behind it, at byte ${at}.`,
      {
        path,
        offset: good,
        hint: 'This is no torn tail, so nothing was changed. Restore the file from a replica or backup.',
      },
    );
  }
  const recovered = `${directory}/${fileNames.recovered}`;
  fileSystem.makeDirectory(recovered);
  const kept = `${recovered}/${fileNames.catalog}-${good}`;
  const place = { directory: recovered, path: kept, temporaryPath: kept + temporarySuffix };
  replaceFile(fileSystem, place, bytes.subarray(good), true);
  const file = fileSystem.open(path, 'write');
  try {
    file.truncate(good);
    file.sync();
  } finally {
    file.close();
  }
}
