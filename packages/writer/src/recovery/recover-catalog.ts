/**
 * Finds what a crash left half written at the end of the catalog. Runs under the writer's lock, before the catalog is
 * opened for writing; the end is cut off only when the rest of the store was found fit, too.
 */
import { CorruptionError } from '@varve/core';
import {
  decodeCatalogRecord,
  decodeFileHeader,
  fileNames,
  type Head,
  makeDurableDirectory,
  type PartitionContext,
  ReadableCatalog,
  readWholeFile,
  replaceFile,
  temporarySuffix,
} from '@varve/core/internal';

const nothingToCut = (): void => undefined;

/**
 * Returns what cuts off the half-written end, after copying it to the folder `recovered`. What the head says was synced is
 * never cut: durable events may need it, and what they refer to would become something else.
 */
export function recoverCatalog(context: PartitionContext, head: Head, mayCutBehindFault: boolean): () => void {
  const { fileSystem, dataDirectory, seed } = context;
  const catalog = new ReadableCatalog(context);
  const { path } = catalog;
  const bytes = readWholeFile(fileSystem, path) ?? new Uint8Array(0);
  const header = decodeFileHeader(bytes, bytes.length, 'catalog', seed);
  if (typeof header === 'string') {
    // The header is durable before there is a partition: without one, the store was never finished, and is begun anew.
    const partitions = fileSystem.list(`${dataDirectory}/${fileNames.partitions}`) ?? [];
    if (partitions.length > 0 || durableBytes(head) > 0) throw damagedHeader(path, header);
    if (bytes.length > 0) cutCatalog(context, path, bytes, 0);
    return nothingToCut;
  }
  const end = catalog.refresh();
  const good = catalog.sizeBytes;
  if (good < durableBytes(head)) throw lostDurable(path, good, end, head);
  if (end === 'whole') return nothingToCut;
  if (!mayCutBehindFault) assertTornTail(path, bytes, { good, end, seed });
  return () => {
    catalog.forgetCached();
    cutCatalog(context, path, bytes, good);
  };
}

/** Bytes of the catalog that were surely synced. Where all events were, so was all that they need. */
function durableBytes({ durable, visible, catalogBytes, durableCatalogBytes }: Head): number {
  return Math.max(durableCatalogBytes, durable >= visible ? catalogBytes : 0);
}

function lostDurable(path: string, good: number, end: string, head: Head): CorruptionError {
  const expected = durableBytes(head);
  const fault = end === 'whole' ? 'is missing' : `is damaged (${end})`;
  return new CorruptionError(
    `The record at byte ${good} of ${path} ${fault}, although the catalog was durable up to byte ${expected}.`,
    {
      path,
      offset: good,
      expected,
      found: good,
      hint: 'Durable events may need it, so nothing was changed. Restore the file from a replica or backup.',
    },
  );
}

function damagedHeader(path: string, fault: string): CorruptionError {
  return new CorruptionError(`The header of ${path} is damaged (${fault}), and the store was in use.`, {
    path,
    offset: 0,
    hint: 'Without it nobody knows which stream an event belongs to. Nothing was changed: restore the file from a copy.',
  });
}

function assertTornTail(
  path: string,
  bytes: Uint8Array,
  { good, end, seed }: { readonly good: number; readonly end: string; readonly seed: number },
): void {
  for (let at = good + 1; at < bytes.length; at++) {
    if (typeof decodeCatalogRecord(bytes, at, bytes.length, seed) === 'string') continue;
    throw new CorruptionError(
      `The record at byte ${good} of ${path} is damaged (${end}), and a whole one lies behind it, at byte ${at}.`,
      {
        path,
        offset: good,
        hint:
          'This is no torn tail, so nothing was changed. Restore the file from a replica, or open the store with ' +
          '`lock: LOCK_RECLAIM` to cut it there, if no durable event needs what lies behind.',
      },
    );
  }
}

/** Cuts the catalog back to `good` bytes, and keeps what is cut off in the folder `recovered`. */
export function cutCatalog(context: PartitionContext, path: string, bytes: Uint8Array, good: number): void {
  const { fileSystem, directory } = context;
  const recovered = `${directory}/${fileNames.recovered}`;
  makeDurableDirectory(fileSystem, recovered);
  const base = `${recovered}/${fileNames.catalog}-${good}`;
  let kept = base;
  // Two recoveries may cut at the same offset: never overwrite what an earlier one kept.
  for (let number = 2; fileSystem.stat(kept) !== undefined; number++) kept = `${base}.${number}`;
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
