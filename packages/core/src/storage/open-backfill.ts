/** Opens the run of an index over events that existed before the index. */
import { CorruptionError, hasErrorCode, systemErrorCode } from '../errors.ts';
import { runPath } from './find-runs.ts';
import { IndexRun } from './index-run.ts';
import type { NamedEntry } from './readable-catalog.ts';
import type { StoreContext } from './readable-partition.ts';

/**
 * `last` is the last position that the run covers. In a replica, undefined when the run is missing or damaged, because
 * it may still arrive; elsewhere, throws `CorruptionError`.
 */
export function openBackfill(
  { fileSystem, indexDirectory, cache, seed }: StoreContext,
  { id, name }: Pick<NamedEntry, 'id' | 'name'>,
  last: number,
  isReplica: boolean,
): IndexRun | undefined {
  const path = runPath(indexDirectory, { base: 0, last, onlyIndex: id });
  try {
    return new IndexRun({ fileSystem, cache, seed }, path);
  } catch (error) {
    const isMissing = systemErrorCode(error) === 'ENOENT';
    if (isReplica && (isMissing || hasErrorCode(error, 'CORRUPTION'))) return undefined;
    if (!isMissing) throw error;
    throw new CorruptionError(`The file ${path}, of the index ${JSON.stringify(name)}, is missing.`, {
      path,
      cause: error,
      hint: 'Open the store for writing, which makes it again, or call `reindex(0)` on the storage of the writer.',
    });
  }
}
