/**
 * The name index: where each stream's record lies in the catalog, found by the stream's name or id without reading the
 * rest of the catalog. It covers the catalog up to some offset; records after that are read one by one. An index of many
 * streams is in pieces with a checksum each, and has a table of the hashes: version 2. Layout: docs/format.md, "Name
 * index".
 *
 * Derived from the catalog, and rebuilt when it is missing or damaged.
 */
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';
import { fileKinds, hasMagic, magics, writeMagic } from './magic.ts';
import { readU32Array, writeU32Array } from './number-array.ts';
import { firstDamagedPiece, maxBytesInOne, pieceChecksums, pieceCount } from './pieces.ts';

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
  hashBits: 1,
  reserved: 26,
} as const;

export const nameIndexLayout = layOut(nameIndexFieldBytes);
export const nameIndexHeaderBytes = nameIndexLayout.end;
const wholeVersion = 1;
const piecedVersion = 2;

export interface NameIndexHeader {
  /** Offset in the catalog after the last record that is covered, and that record's checksum. */
  readonly covers: number;
  readonly lastChecksum: number;
  /** One more than the largest id of a stream. */
  readonly nextId: number;
  readonly nameCount: number;
  readonly otherCount: number;
  /** Number of upper bits of a hash that index `hashStarts`; 0 when there is no such table. */
  readonly hashBits: number;
  /** Checksum of the body, or of the list of its pieces' checksums. */
  readonly bodyChecksum: number;
  readonly isInPieces: boolean;
}

/** The counts that determine where each array begins. */
export type NameCounts = Pick<NameIndexHeader, 'nameCount' | 'otherCount' | 'hashBits'>;

export interface NameIndexContents extends Pick<NameIndexHeader, 'covers' | 'lastChecksum' | 'nextId'> {
  /** Hashes of the names, ascending; `hashIds[k]` is the id of the stream whose name has `hashes[k]`. */
  readonly hashes: Uint32Array;
  readonly hashIds: Uint32Array;
  /** Ids of the streams, ascending, and offsets of their records: low 32 bits, then the bits above. */
  readonly ids: Uint32Array;
  readonly offsetsLow: Uint32Array;
  readonly offsetsHigh: Uint32Array;
  /** Offsets of the records that are not streams, in order: they are few, and all of them are needed. */
  readonly othersLow: Uint32Array;
  readonly othersHigh: Uint32Array;
}

const arraysPerName = 5;
const arraysPerOther = 2;
/** Average number of hashes with the same upper bits: as many as fit one cache line. */
const hashesPerStart = 16;
const maxHashBits = 31;

/** Numbers in the body, without the checksums of pieces. */
export function nameIndexNumbers({ nameCount, otherCount, hashBits }: NameCounts): number {
  return nameCount * arraysPerName + otherCount * arraysPerOther + (hashBits === 0 ? 0 : 2 ** hashBits + 1);
}

/** Bytes of the whole file. */
export function nameIndexBytes(header: NameCounts & Pick<NameIndexHeader, 'isInPieces'>): number {
  return nameIndexHeaderBytes + nameIndexNumbers(header) * 4 + pieceBytesOf(header);
}

function pieceBytesOf(header: NameCounts & Pick<NameIndexHeader, 'isInPieces'>): number {
  return header.isInPieces ? pieceCount(nameIndexNumbers(header) * 4) * 4 : 0;
}

/** The counts of an index that has a table of its hashes. */
export function nameCountsOf({ ids, othersLow }: NameIndexContents): NameCounts {
  const hashBits = Math.min(maxHashBits, Math.max(1, Math.ceil(Math.log2((ids.length + 1) / hashesPerStart))));
  return { nameCount: ids.length, otherCount: othersLow.length, hashBits };
}

/** All numbers of the body, one array after the other. */
export function nameIndexBody(contents: NameIndexContents, counts: NameCounts): Uint32Array {
  const { hashes, hashIds, ids, offsetsLow, offsetsHigh, othersLow, othersHigh } = contents;
  const body = new Uint32Array(nameIndexNumbers(counts));
  let place = 0;
  for (const numbers of [hashes, hashIds, ids, offsetsLow, offsetsHigh, othersLow, othersHigh]) {
    body.set(numbers, place);
    place += numbers.length;
  }
  if (counts.hashBits > 0) fillHashStarts(body.subarray(place), hashes, counts.hashBits);
  return body;
}

/**
 * For each value of the upper bits, the index of the first hash with that value or a larger one; one more entry at the
 * end.
 */
function fillHashStarts(starts: Uint32Array, hashes: Uint32Array, hashBits: number): void {
  const shift = 32 - hashBits;
  let entry = 0;
  for (let place = 0; place < hashes.length; place++) {
    const upper = hashes[place]! >>> shift;
    while (entry <= upper) starts[entry++] = place;
  }
  starts.fill(hashes.length, entry);
}

/** The whole file; `body` is its numbers with a table of hashes, for callers that have them already. */
export function encodeNameIndex(
  contents: NameIndexContents,
  seed: number,
  body = nameIndexBody(contents, nameCountsOf(contents)),
): Uint8Array {
  const counts = nameCountsOf(contents);
  const isInPieces = nameIndexNumbers({ ...counts, hashBits: 0 }) * 4 > maxBytesInOne;
  const header = { ...counts, hashBits: isInPieces ? counts.hashBits : 0, isInPieces };
  const bytes = new Uint8Array(nameIndexBytes(header));
  const bodyEnd = writeU32Array(bytes, nameIndexHeaderBytes, body.subarray(0, nameIndexNumbers(header)));
  if (isInPieces) writeU32Array(bytes, bodyEnd, pieceChecksums(bytes, nameIndexHeaderBytes, bodyEnd, seed));
  const sum = checksum(bytes, isInPieces ? bodyEnd : nameIndexHeaderBytes, bytes.length, seed);
  writeMagic(bytes, nameIndexLayout.magic, magics.store);
  writeU8(bytes, nameIndexLayout.kind, fileKinds.nameIndex);
  writeU8(bytes, nameIndexLayout.version, isInPieces ? piecedVersion : wholeVersion);
  writeU48(bytes, nameIndexLayout.covers, contents.covers);
  writeU32(bytes, nameIndexLayout.lastChecksum, contents.lastChecksum);
  writeU32(bytes, nameIndexLayout.nextId, contents.nextId);
  writeU32(bytes, nameIndexLayout.nameCount, header.nameCount);
  writeU32(bytes, nameIndexLayout.otherCount, header.otherCount);
  writeU32(bytes, nameIndexLayout.bodyChecksum, sum);
  writeU8(bytes, nameIndexLayout.hashBits, header.hashBits);
  writeU32(bytes, nameIndexLayout.checksum, checksum(bytes, nameIndexLayout.magic, nameIndexHeaderBytes, seed));
  return bytes;
}

/** Parses a whole file; undefined when anything in it is damaged. */
export function decodeNameIndex(bytes: Uint8Array, seed: number): NameIndexContents | undefined {
  const header = decodeNameIndexHeader(bytes, seed);
  if (header === undefined || bytes.length !== nameIndexBytes(header)) return undefined;
  const bodyEnd = nameIndexHeaderBytes + nameIndexNumbers(header) * 4;
  const body = bytes.subarray(nameIndexHeaderBytes, bodyEnd);
  if (header.isInPieces) {
    const sums = decodeNamePieces(bytes.subarray(bodyEnd), header, seed);
    if (sums === undefined || firstDamagedPiece(body, sums, seed) >= 0) return undefined;
  } else if (checksum(body, 0, body.length, seed) !== header.bodyChecksum) return undefined;
  return contentsOf(header, readU32Array(body, 0, body.length / 4));
}

/** Parses the checksums of the body's pieces; undefined when they are damaged. */
export function decodeNamePieces(bytes: Uint8Array, header: NameIndexHeader, seed: number): Uint32Array | undefined {
  const lengthBytes = pieceBytesOf(header);
  if (bytes.length < lengthBytes || checksum(bytes, 0, lengthBytes, seed) !== header.bodyChecksum) return undefined;
  return readU32Array(bytes, 0, lengthBytes / 4);
}

/** The arrays of a body, as views of it. */
export function contentsOf(
  header: NameCounts & Pick<NameIndexContents, 'covers' | 'lastChecksum' | 'nextId'>,
  body: Uint32Array,
): NameIndexContents {
  const { nameCount, otherCount, covers, lastChecksum, nextId } = header;
  let place = 0;
  const take = (count: number): Uint32Array => body.subarray(place, (place += count));
  return {
    covers,
    lastChecksum,
    nextId,
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

/** Parses the header; undefined when it is damaged. */
export function decodeNameIndexHeader(bytes: Uint8Array, seed: number): NameIndexHeader | undefined {
  if (bytes.length < nameIndexHeaderBytes) return undefined;
  if (!hasMagic(bytes, nameIndexLayout.magic, magics.store)) return undefined;
  const sum = readU32(bytes, nameIndexLayout.checksum);
  if (checksum(bytes, nameIndexLayout.magic, nameIndexHeaderBytes, seed) !== sum) return undefined;
  if (readU8(bytes, nameIndexLayout.kind) !== fileKinds.nameIndex) return undefined;
  const version = readU8(bytes, nameIndexLayout.version);
  if (version !== wholeVersion && version !== piecedVersion) return undefined;
  const isInPieces = version === piecedVersion;
  // Version 1 ignores its reserved bytes.
  const hashBits = isInPieces ? readU8(bytes, nameIndexLayout.hashBits) : 0;
  if (isInPieces && (hashBits < 1 || hashBits > maxHashBits)) return undefined;
  return {
    covers: readU48(bytes, nameIndexLayout.covers),
    lastChecksum: readU32(bytes, nameIndexLayout.lastChecksum),
    nextId: readU32(bytes, nameIndexLayout.nextId),
    nameCount: readU32(bytes, nameIndexLayout.nameCount),
    otherCount: readU32(bytes, nameIndexLayout.otherCount),
    bodyChecksum: readU32(bytes, nameIndexLayout.bodyChecksum),
    hashBits,
    isInPieces,
  };
}
