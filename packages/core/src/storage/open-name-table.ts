/** Opens name indexes. A damaged one counts as missing: the catalog has everything in it. */
import { CorruptionError } from '../errors.ts';
import {
  decodeNameIndex,
  decodeNameIndexHeader,
  decodeNamePieces,
  type NameIndexContents,
  type NameIndexHeader,
  nameCountsOf,
  nameIndexBody,
  nameIndexBytes,
  nameIndexHeaderBytes,
  nameIndexNumbers,
} from '../format/name-index.ts';
import { type FileHandle, type FileSystem, openIfThere, readFully } from '../file-system/file-system.ts';
import { CheckedNumbers } from './checked-numbers.ts';
import { NameTable } from './name-table.ts';

/** Rebuilds all numbers of an index from the catalog. */
type MakeAgain = () => NameIndexContents;

/**
 * The name index at `path`; undefined when it is missing or damaged. Damage in a piece is found when the piece is first
 * used, and all numbers are then rebuilt.
 */
export function openNameTable(
  fileSystem: FileSystem,
  path: string,
  seed: number,
  makeAgain: MakeAgain,
): NameTable | undefined {
  const file = openIfThere(fileSystem, path);
  if (file === undefined) return undefined;
  let table: NameTable | undefined;
  try {
    const header = decodeNameIndexHeader(readPart(file, 0, nameIndexHeaderBytes), seed);
    if (header === undefined || file.sizeBytes() !== nameIndexBytes(header)) return undefined;
    if (!header.isInPieces) return tableOfWhole(readPart(file, 0, nameIndexBytes(header)), seed);
    table = tableInPieces(file, header, seed, makeAgain);
    return table;
  } finally {
    if (table === undefined) file.close();
  }
}

/** An index whose numbers are in memory; `body` is those numbers, for callers that have them in one array. */
export function nameTableOf(
  contents: NameIndexContents,
  body = nameIndexBody(contents, nameCountsOf(contents)),
): NameTable {
  const { covers, lastChecksum, nextId } = contents;
  return new NameTable({ ...nameCountsOf(contents), covers, lastChecksum, nextId }, CheckedNumbers.of(body));
}

function tableOfWhole(bytes: Uint8Array, seed: number): NameTable | undefined {
  const contents = decodeNameIndex(bytes, seed);
  return contents === undefined ? undefined : nameTableOf(contents);
}

function tableInPieces(
  file: FileHandle,
  header: NameIndexHeader,
  seed: number,
  makeAgain: MakeAgain,
): NameTable | undefined {
  const length = nameIndexNumbers(header);
  const offset = nameIndexHeaderBytes;
  const end = offset + length * 4;
  const checksums = decodeNamePieces(readPart(file, end, nameIndexBytes(header) - end), header, seed);
  if (checksums === undefined) return undefined;
  const replace = (): Uint32Array => {
    const contents = makeAgain();
    if (contents.ids.length === header.nameCount && contents.othersLow.length === header.otherCount) {
      return nameIndexBody(contents, header);
    }
    const { path } = file;
    throw new CorruptionError(`The name index ${path} is not of the catalog beside it.`, {
      path,
      hint: 'Call `reindex(0)` on the storage of the writer, which makes it again.',
    });
  };
  return new NameTable(header, CheckedNumbers.in({ file, offset, checksums, seed, replace }, length), file);
}

function readPart(file: FileHandle, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readFully(file, bytes, 0, length, offset));
}
