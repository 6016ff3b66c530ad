/**
 * The name index: where in the catalog each stream's record lies, found by the stream's name or id without reading
 * the rest of the catalog. It covers the catalog up to some offset; what is behind that is read record by record.
 * Layout: docs/format.md, "Name index".
 *
 * Made from the catalog, and made anew when it is missing or damaged.
 */
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { fileHeaderBytes } from './file-header.ts';
import { layOut } from './layout.ts';
import { fileKinds, hasMagic, magics, writeMagic } from './magic.ts';
import { readU32Array, writeU32Array } from './number-array.ts';

export const nameIndexFieldBytes = {
  checksum: 4,
  magic: 5,
  kind: 1,
  version: 1,
  covers: 6,
  lastChecksum: 4,
  nextId: 4,
  nameCount: 4,
  otherCount: 4,
  bodyChecksum: 4,
  reserved: 27,
} as const;

export const nameIndexLayout = layOut(nameIndexFieldBytes);
export const nameIndexHeaderBytes = nameIndexLayout.end;
const nameIndexVersion = 1;

export interface NameIndexHeader {
  /** Offset in the catalog behind the last record that is covered, and that record's checksum. */
  readonly covers: number;
  readonly lastChecksum: number;
  /** One more than the largest id of a stream. */
  readonly nextId: number;
  readonly nameCount: number;
  readonly otherCount: number;
}

export interface NameIndexContents extends Omit<NameIndexHeader, 'nameCount' | 'otherCount'> {
  /** Hashes of the names, ascending; `hashIds[k]` is the id of the stream whose name has `hashes[k]`. */
  readonly hashes: Uint32Array;
  readonly hashIds: Uint32Array;
  /** Ids of the streams, ascending, and offsets of their records: low 32 bits, then what is above. */
  readonly ids: Uint32Array;
  readonly offsetsLow: Uint32Array;
  readonly offsetsHigh: Uint32Array;
  /** Offsets of the records that are no streams, in order: they are few, and all of them are needed. */
  readonly othersLow: Uint32Array;
  readonly othersHigh: Uint32Array;
}

const arraysPerName = 5;
const arraysPerOther = 2;

export function nameIndexBodyBytes({ nameCount, otherCount }: NameIndexHeader): number {
  return (nameCount * arraysPerName + otherCount * arraysPerOther) * 4;
}

/** Offset of the last record of the catalog that is covered; of the first when there is none. */
export function lastOffsetOf({ offsetsLow, offsetsHigh, othersLow, othersHigh }: NameIndexContents): number {
  // Records lie in the order of their ids, so the last of each kind is enough.
  const lastOf = (low: Uint32Array, high: Uint32Array): number =>
    low.length === 0 ? fileHeaderBytes : low.at(-1)! + high.at(-1)! * 2 ** 32;
  return Math.max(lastOf(offsetsLow, offsetsHigh), lastOf(othersLow, othersHigh));
}

export function encodeNameIndex(contents: NameIndexContents, seed: number): Uint8Array {
  const { hashes, hashIds, ids, offsetsLow, offsetsHigh, othersLow, othersHigh } = contents;
  const header = { ...contents, nameCount: ids.length, otherCount: othersLow.length };
  const bytes = new Uint8Array(nameIndexHeaderBytes + nameIndexBodyBytes(header));
  let offset = nameIndexHeaderBytes;
  for (const numbers of [hashes, hashIds, ids, offsetsLow, offsetsHigh, othersLow, othersHigh]) {
    offset = writeU32Array(bytes, offset, numbers);
  }
  writeMagic(bytes, nameIndexLayout.magic, magics.store);
  writeU8(bytes, nameIndexLayout.kind, fileKinds.nameIndex);
  writeU8(bytes, nameIndexLayout.version, nameIndexVersion);
  writeU48(bytes, nameIndexLayout.covers, contents.covers);
  writeU32(bytes, nameIndexLayout.lastChecksum, contents.lastChecksum);
  writeU32(bytes, nameIndexLayout.nextId, contents.nextId);
  writeU32(bytes, nameIndexLayout.nameCount, header.nameCount);
  writeU32(bytes, nameIndexLayout.otherCount, header.otherCount);
  writeU32(bytes, nameIndexLayout.bodyChecksum, checksum(bytes, nameIndexHeaderBytes, bytes.length, seed));
  writeU32(bytes, nameIndexLayout.checksum, checksum(bytes, nameIndexLayout.magic, nameIndexHeaderBytes, seed));
  return bytes;
}

/** Parses a whole file; undefined when anything in it is not as it was written. */
export function decodeNameIndex(bytes: Uint8Array, seed: number): NameIndexContents | undefined {
  const header = decodeHeader(bytes, seed);
  if (header === undefined) return undefined;
  const end = nameIndexHeaderBytes + nameIndexBodyBytes(header);
  if (bytes.length !== end) return undefined;
  const sum = readU32(bytes, nameIndexLayout.bodyChecksum);
  if (checksum(bytes, nameIndexHeaderBytes, end, seed) !== sum) return undefined;
  let offset = nameIndexHeaderBytes;
  const take = (count: number): Uint32Array => {
    const numbers = readU32Array(bytes, offset, count);
    offset += count * 4;
    return numbers;
  };
  const { nameCount, otherCount } = header;
  return {
    ...header,
    hashes: take(nameCount),
    hashIds: take(nameCount),
    ids: take(nameCount),
    offsetsLow: take(nameCount),
    offsetsHigh: take(nameCount),
    othersLow: take(otherCount),
    othersHigh: take(otherCount),
  };
}

/** The hash of a name: FNV-1a over its UTF-16 code units. Stored: never change it. */
export function hashName(name: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x0100_0193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x0100_0193);
  }
  return hash >>> 0;
}

function decodeHeader(bytes: Uint8Array, seed: number): NameIndexHeader | undefined {
  if (bytes.length < nameIndexHeaderBytes) return undefined;
  if (!hasMagic(bytes, nameIndexLayout.magic, magics.store)) return undefined;
  const sum = readU32(bytes, nameIndexLayout.checksum);
  if (checksum(bytes, nameIndexLayout.magic, nameIndexHeaderBytes, seed) !== sum) return undefined;
  if (readU8(bytes, nameIndexLayout.kind) !== fileKinds.nameIndex) return undefined;
  if (readU8(bytes, nameIndexLayout.version) !== nameIndexVersion) return undefined;
  return {
    covers: readU48(bytes, nameIndexLayout.covers),
    lastChecksum: readU32(bytes, nameIndexLayout.lastChecksum),
    nextId: readU32(bytes, nameIndexLayout.nextId),
    nameCount: readU32(bytes, nameIndexLayout.nameCount),
    otherCount: readU32(bytes, nameIndexLayout.otherCount),
  };
}
