/** Removes what a crash, or a refusal of the operating system, left behind of segments that were moved or dropped. */
import {
  fileNames,
  parseSegmentFileName,
  type StoreContext,
  partitionFolderName,
  segmentFileName,
} from '@varve/core/internal';
import type { WritableCatalog } from '../writable-catalog.ts';

export function removeLeftovers(context: StoreContext, catalog: WritableCatalog): void {
  const { fileSystem, segmentRecords, dataDirectory } = context;
  for (const partition of catalog.partitions()) {
    const archived = segmentRecords.archivedIn(partition.id);
    const { offset: beginning } = segmentRecords.beginningOf(partition.id);
    if (archived.size === 0 && beginning === 0) continue;
    const folder = `${dataDirectory}/${fileNames.partitions}/${partitionFolderName(partition.id, partition.name)}`;
    const here = new Set((fileSystem.list(folder) ?? []).map(parseSegmentFileName));
    const unneeded: string[] = [];
    for (const base of here) {
      if (base !== undefined && base < beginning) unneeded.push(`${folder}/${segmentFileName(base)}`);
    }
    for (const file of archived.values()) {
      const copies = segmentRecords
        .archivedPaths(partition, file)
        .filter((path) => fileSystem.stat(path) !== undefined);
      if (file.from < beginning) unneeded.push(...copies);
      else if (here.has(file.from) && copies.some((path) => fileSystem.stat(path)!.sizeBytes === file.to - file.from)) {
        unneeded.push(`${folder}/${segmentFileName(file.from)}`);
      }
    }
    for (const path of unneeded) {
      context.pool.close(path);
      fileSystem.remove(path);
    }
  }
}
