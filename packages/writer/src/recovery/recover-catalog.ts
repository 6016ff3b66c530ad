/**
 * Finds what a crash left half written at the end of the catalog. Runs under the writer's lock, before the catalog is opened
 * for writing; the end is cut off only after the rest of the store was found fit, too.
 */
import { CorruptionError } from '@varve/core';
import {
  decodeCatalogRecord,
  decodeFileHeader,
  fileHeaderBytes,
  fileNames,
  type Head,
  openIfThere,
  type StoreContext,
  readFully,
  readWholeFile,
} from '@varve/core/internal';
import { WritableCatalog } from '../writable-catalog.ts';
import { keepRecovered, truncateDurably } from './recovered-folder.ts';

const nothingToCut = (): void => undefined;

export interface RecoveredCatalog {
  /** Has the records that are whole; nothing may be written to it before the rest is cut off. */
  readonly catalog: WritableCatalog;
  /** Cuts off the half-written end, after copying it to the folder `recovered`. */
  readonly cut: () => void;
}

/**
 * Opens the catalog, and finds where it ends. Never cuts what was synced according to the head: durable events may need it, and
 * the ids in them would get other meanings.
 */
export function recoverCatalog(context: StoreContext, head: Head, mayCutAtFault: boolean): RecoveredCatalog {
  const path = `${context.directory}/${fileNames.catalog}`;
  prepareHeader(context, path, head);
  const catalog = new WritableCatalog(context, head.epoch + 1);
  try {
    const good = catalog.wholeBytes;
    const { end } = catalog;
    if (good < durableBytes(head)) throw lostDurable(path, good, end, head);
    if (end === 'whole' || good === 0) return { catalog, cut: nothingToCut };
    const bytes = readWholeFile(context.fileSystem, path) ?? new Uint8Array(0);
    if (!mayCutAtFault) assertTornTail(path, bytes, { good, end, seed: context.seed });
    return { catalog, cut: () => cutCatalog(context, path, bytes, good) };
  } catch (error) {
    catalog.close();
    throw error;
  }
}

/** Empties a catalog that lacks a whole header, if the store was never finished. */
function prepareHeader(context: StoreContext, path: string, head: Head): void {
  const { fileSystem, dataDirectory, seed } = context;
  const file = openIfThere(fileSystem, path);
  const bytes = new Uint8Array(fileHeaderBytes);
  let length = 0;
  try {
    length = file === undefined ? 0 : readFully(file, bytes, 0, bytes.length, 0);
  } finally {
    file?.close();
  }
  const header = decodeFileHeader(bytes, length, 'catalog', seed);
  if (typeof header !== 'string') return;
  // The header is durable before the first partition exists: without partitions, the store was never finished, and begins anew.
  const partitions = fileSystem.list(`${dataDirectory}/${fileNames.partitions}`) ?? [];
  if (partitions.length > 0 || durableBytes(head) > 0) throw damagedHeader(path, header);
  if (length > 0) cutCatalog(context, path, readWholeFile(fileSystem, path) ?? bytes, 0);
}

/** Bytes of the catalog that were certainly synced. When all events are durable, so is everything that they need. */
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
      `The record at byte ${good} of ${path} is damaged (${end}), and a whole one follows it, at byte ${at}.`,
      {
        path,
        offset: good,
        hint:
          'This is no torn tail, so nothing was changed. Restore the file from a replica, or open the store with ' +
          '`lock: LOCK_RECLAIM` to cut it there, if no durable event needs what follows.',
      },
    );
  }
}

/** Cuts the catalog back to `good` bytes, and keeps what is cut off in the folder `recovered`. */
export function cutCatalog(context: StoreContext, path: string, bytes: Uint8Array, good: number): void {
  const { fileSystem, directory } = context;
  keepRecovered(fileSystem, directory, `${fileNames.catalog}-${good}`, bytes.subarray(good));
  truncateDurably(fileSystem, path, good);
}

/** The byte at which the catalog was cut, from the name of the file in `recovered` that has the rest; undefined for other names. */
export function cutFrom(name: string): number | undefined {
  const [, good] = /^catalog-(\d+)(?:\.\d+)?$/.exec(name) ?? [];
  return good === undefined ? undefined : Number(good);
}
