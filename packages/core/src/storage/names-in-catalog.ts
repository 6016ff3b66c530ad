/** Builds the contents of a name index from the records of the catalog. Checks each record, and that it follows the one before. */
import { CorruptionError } from '../errors.ts';
import { decodeCatalogRecord, type DecodedCatalogRecord } from '../format/catalog-record.ts';
import { viewOf } from '../format/checksum.ts';
import { fileHeaderBytes } from '../format/file-header.ts';
import type { NameIndexContents } from '../format/name-index.ts';
import { type FileSystem, readFully } from '../file-system/file-system.ts';
import type { NamedEntry } from './readable-catalog.ts';
import { StreamNames } from './stream-names.ts';

/** The names and places of all records of the catalog at `path`, up to the one that ends at `covers`. */
export function namesInCatalog(
  { fileSystem, seed }: { readonly fileSystem: FileSystem; readonly seed: number },
  path: string,
  covers: number,
): NameIndexContents {
  const bytes = readUpTo(fileSystem, path, covers);
  const view = viewOf(bytes);
  const names = new StreamNames(noRecord);
  const otherOffsets: number[] = [];
  let [nextId, previous] = [1, 0];
  for (let at = fileHeaderBytes; at < covers;) {
    const decoded = decodeCatalogRecord(bytes, at, bytes.length, seed, view);
    if (typeof decoded === 'string') throw damagedRecord(path, at, decoded);
    if (decoded.previous !== previous) throw damagedRecord(path, at, 'it does not follow the one before it');
    nextId = Math.max(nextId, nextIdAfter(decoded));
    if (decoded.record.kind === 'stream') names.add(decoded.record, at);
    else otherOffsets.push(at);
    previous = decoded.checksum;
    at = decoded.end;
  }
  return names.buildIndex({ covers, lastChecksum: previous, nextId, otherOffsets });
}

/** One more than the id of a stream or index; the ids of other records are not counted. */
function nextIdAfter({ record }: DecodedCatalogRecord): number {
  return record.kind === 'stream' || record.kind === 'index' ? record.id + 1 : 1;
}

export function damagedRecord(path: string, offset: number, reason: string): CorruptionError {
  return new CorruptionError(`The record at byte ${offset} of ${path} is damaged: ${reason}.`, { path, offset });
}

function readUpTo(fileSystem: FileSystem, path: string, end: number): Uint8Array {
  const file = fileSystem.open(path, 'read');
  try {
    const bytes = new Uint8Array(end);
    return bytes.subarray(0, readFully(file, bytes, 0, end, 0));
  } finally {
    file.close();
  }
}

function noRecord(): NamedEntry {
  throw new Error('All records are in memory');
}
