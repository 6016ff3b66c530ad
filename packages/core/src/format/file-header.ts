/**
 * The first 64 bytes of segment files and of the catalog: what the file is, in which version, and where it continues.
 * Layout: docs/format.md, "File header".
 */
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';
import { fileKinds, hasMagic, magics, writeMagic } from './magic.ts';

export const fileHeaderFieldBytes = {
  checksum: 4,
  magic: 5,
  kind: 1,
  version: 1,
  partitionId: 4,
  baseOffset: 6,
  previous: 4,
  epoch: 4,
  reserved: 35,
} as const;

export const fileHeaderLayout = layOut(fileHeaderFieldBytes);
export const fileHeaderBytes = fileHeaderLayout.end;
/** Version in these headers, and of a store that is entirely in its folder. */
export const formatVersion = 1;

export type FileKind = 'segment' | 'catalog';

export interface FileHeader {
  readonly kind: FileKind;
  /** Of a segment: the partition's id in the catalog. 0 in the catalog. */
  readonly partitionId: number;
  /** Of a segment: the offset, in the partition, of the file's first byte. 0 in the catalog. */
  readonly baseOffset: number;
  /** Checksum of the last frame before this file, 0 when there is none; the first frame's `previous` must equal it. */
  readonly previous: number;
  /** Epoch of the writer that created the file. */
  readonly epoch: number;
}

/** Why 64 bytes are not the header of such a file. */
export type FileHeaderFault = 'short' | 'magic' | 'version' | 'checksum' | 'kind';

export function encodeFileHeader(header: FileHeader, seed: number): Uint8Array {
  const bytes = new Uint8Array(fileHeaderBytes);
  writeMagic(bytes, fileHeaderLayout.magic, magics.store);
  writeU8(bytes, fileHeaderLayout.kind, fileKinds[header.kind]);
  writeU8(bytes, fileHeaderLayout.version, formatVersion);
  writeU32(bytes, fileHeaderLayout.partitionId, header.partitionId);
  writeU48(bytes, fileHeaderLayout.baseOffset, header.baseOffset);
  writeU32(bytes, fileHeaderLayout.previous, header.previous);
  writeU32(bytes, fileHeaderLayout.epoch, header.epoch);
  writeU32(bytes, fileHeaderLayout.checksum, checksum(bytes, fileHeaderLayout.magic, fileHeaderBytes, seed));
  return bytes;
}

/** Parses the header at the start of `bytes`, of which `lengthBytes` are available. */
export function decodeFileHeader(
  bytes: Uint8Array,
  lengthBytes: number,
  kind: FileKind,
  seed: number,
): FileHeader | FileHeaderFault {
  if (lengthBytes < fileHeaderBytes) return 'short';
  if (!hasMagic(bytes, fileHeaderLayout.magic, magics.store)) return 'magic';
  const sum = readU32(bytes, fileHeaderLayout.checksum);
  if (checksum(bytes, fileHeaderLayout.magic, fileHeaderBytes, seed) !== sum) return 'checksum';
  if (readU8(bytes, fileHeaderLayout.version) !== formatVersion) return 'version';
  if (readU8(bytes, fileHeaderLayout.kind) !== fileKinds[kind]) return 'kind';
  return {
    kind,
    partitionId: readU32(bytes, fileHeaderLayout.partitionId),
    baseOffset: readU48(bytes, fileHeaderLayout.baseOffset),
    previous: readU32(bytes, fileHeaderLayout.previous),
    epoch: readU32(bytes, fileHeaderLayout.epoch),
  };
}
