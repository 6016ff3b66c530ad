/**
 * Cuts off a record that a crash left half written at the end of the catalog. Runs under the writer's lock, before
 * the catalog is opened for writing.
 */
import { CorruptionError } from '@varve/core';
import {
  decodeCatalogRecord,
  fileHeaderBytes,
  fileNames,
  type PartitionContext,
  ReadableCatalog,
  readWholeFile,
  replaceFile,
  temporarySuffix,
} from '@varve/core/internal';

export function recoverCatalog(context: PartitionContext): void {
  const { directory, fileSystem, seed } = context;
  const catalog = new ReadableCatalog(context);
  const { path } = catalog;
  const end = catalog.refresh();
  if (end === 'whole') return;
  const bytes = readWholeFile(fileSystem, path);
  if (bytes === undefined) return;
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
