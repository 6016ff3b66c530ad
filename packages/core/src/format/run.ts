/**
 * An index run: which positions belong to which index, for a range of positions, sorted by index and never changed.
 * Header, directory (index ids, where their postings start, checksums of the posting blocks), then the postings. A long
 * directory is in pieces with a checksum each: version 2. Layout: docs/format.md, "Index run".
 *
 * A run is derived from frames and can be rebuilt from them. It has checksums all the same, because a lost entry would
 * make a stream quietly shorter.
 */
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';
import { fileKinds, hasMagic, magics, writeMagic } from './magic.ts';
import { readU32Array, writeU32Array } from './number-array.ts';
import { firstDamagedPiece, maxBytesInOne, pieceChecksums, pieceCount } from './pieces.ts';

export const runHeaderFieldBytes = {
  checksum: 4,
  magic: 5,
  kind: 1,
  version: 1,
  base: 6,
  last: 6,
  indexCount: 4,
  entryCount: 4,
  directoryChecksum: 4,
  onlyIndex: 4,
  epoch: 4,
  reserved: 21,
} as const;

export const runHeaderLayout = layOut(runHeaderFieldBytes);
export const runHeaderBytes = runHeaderLayout.end;
/** Postings begin at a multiple of this, and have a checksum for each piece of this size. Stored: never change. */
export const runBlockBytes = 16_384;
export const postingBytes = 4;
/** The largest posting, and so the most positions that a run covers after its base. */
export const maxPosting = 2 ** 32 - 1;
const directoryEntryBytes = 8;
const wholeVersion = 1;
const piecedVersion = 2;

export interface RunHeader {
  /** 2 when the directory is in pieces, 1 when it is not. */
  readonly version: number;
  /** Position before the first that the run covers; postings are counted from it. */
  readonly base: number;
  /** The last position that the run covers. */
  readonly last: number;
  readonly indexCount: number;
  readonly entryCount: number;
  readonly directoryChecksum: number;
  /** Id of the one index that a backfill covers; 0 when the run covers all. */
  readonly onlyIndex: number;
  /** Epoch of the history that the run was made from, as far as the catalog recorded it; 0 before the first record. */
  readonly epoch: number;
}

/** The postings of one range, sorted by index: those of `ids[k]` are `postings[starts[k]..starts[k + 1])`. */
export interface RunContents {
  readonly base: number;
  readonly last: number;
  readonly onlyIndex: number;
  readonly epoch: number;
  readonly ids: Uint32Array;
  readonly starts: Uint32Array;
  /** Positions minus `base`. */
  readonly postings: Uint32Array;
}

export interface RunDirectory {
  readonly ids: Uint32Array;
  readonly starts: Uint32Array;
  /** Checksum of each block of postings. */
  readonly blockChecksums: Uint32Array;
}

export type RunHeaderFault = 'short' | 'magic' | 'kind' | 'version' | 'checksum';

type RunCounts = Pick<RunHeader, 'version' | 'indexCount' | 'entryCount'>;

/** Bytes of the directory, without the checksums of its pieces. */
export function runDirectoryBytes(header: Omit<RunCounts, 'version'>): number {
  return header.indexCount * directoryEntryBytes + postingBlocks(header.entryCount) * 4;
}

/** Number of checksums of the directory's pieces, which follow the directory. */
export function runDirectoryPieces(header: RunCounts): number {
  return header.version === wholeVersion ? 0 : pieceCount(runDirectoryBytes(header));
}

/** Where the postings begin in the file. */
export function runPostingsOffset(header: RunCounts): number {
  const end = runHeaderBytes + runDirectoryBytes(header) + runDirectoryPieces(header) * 4;
  return Math.ceil(end / runBlockBytes) * runBlockBytes;
}

/** The whole file of a run. */
export function encodeRun(contents: RunContents, seed: number): Uint8Array {
  const { base, last, onlyIndex, epoch, ids, starts, postings } = contents;
  const encoder = new RunEncoder({ base, last, onlyIndex, epoch, ids, starts, entryCount: postings.length }, seed);
  const bytes = new Uint8Array(encoder.sizeBytes);
  const write = (chunk: Uint8Array, position: number): void => bytes.set(chunk, position);
  encoder.addAll(postings, write);
  encoder.flush(write);
  bytes.set(encoder.finish());
  return bytes;
}

/** Receives a piece of the file, which belongs at `position`. The bytes are reused afterwards. */
type WritePiece = (bytes: Uint8Array, position: number) => void;

/** Encodes a run piece by piece: first its postings, in order, then what comes before them. */
export class RunEncoder {
  private readonly contents: Omit<RunContents, 'postings'> & { readonly entryCount: number };
  private readonly seed: number;
  private readonly counts: RunCounts;
  private readonly block = new Uint8Array(runBlockBytes);
  private readonly blockChecksums: Uint32Array;
  private used = 0;
  private blockIndex = 0;

  constructor(contents: Omit<RunContents, 'postings'> & { readonly entryCount: number }, seed: number) {
    this.contents = contents;
    this.seed = seed;
    const counts = { indexCount: contents.ids.length, entryCount: contents.entryCount };
    const isLong = runDirectoryBytes(counts) > maxBytesInOne;
    this.counts = { version: isLong ? piecedVersion : wholeVersion, ...counts };
    this.blockChecksums = new Uint32Array(postingBlocks(contents.entryCount));
  }

  /** Size of the whole file. */
  get sizeBytes(): number {
    return runPostingsOffset(this.counts) + this.counts.entryCount * postingBytes;
  }

  /** Throws `RangeError` for a posting that a run cannot hold. */
  add(posting: number, write: WritePiece): void {
    if (posting > maxPosting) throw new RangeError(`No run can hold the posting ${posting}`);
    writeU32(this.block, this.used, posting);
    this.used += postingBytes;
    if (this.used === runBlockBytes) this.flush(write);
  }

  addAll(postings: Uint32Array, write: WritePiece): void {
    for (let next = 0; next < postings.length;) {
      const end = next + (runBlockBytes - this.used) / postingBytes;
      const part = postings.subarray(next, end);
      this.used = writeU32Array(this.block, this.used, part);
      next += part.length;
      if (this.used === runBlockBytes) this.flush(write);
    }
  }

  /** Writes the current piece; to be called once more after the last posting. */
  flush(write: WritePiece): void {
    if (this.used === 0) return;
    const piece = this.block.subarray(0, this.used);
    this.blockChecksums[this.blockIndex] = checksum(piece, 0, piece.length, this.seed);
    write(piece, runPostingsOffset(this.counts) + this.blockIndex * runBlockBytes);
    this.blockIndex++;
    this.used = 0;
  }

  /** Header and directory, which belong at the start of the file. */
  finish(): Uint8Array {
    const { base, last, onlyIndex, epoch, ids, starts } = this.contents;
    const directoryEnd = runHeaderBytes + runDirectoryBytes(this.counts);
    const piecesEnd = directoryEnd + runDirectoryPieces(this.counts) * 4;
    const bytes = new Uint8Array(runPostingsOffset(this.counts));
    let offset = writeU32Array(bytes, runHeaderBytes, ids);
    offset = writeU32Array(bytes, offset, starts);
    writeU32Array(bytes, offset, this.blockChecksums);
    const isInPieces = piecesEnd > directoryEnd;
    if (isInPieces) writeU32Array(bytes, directoryEnd, pieceChecksums(bytes, runHeaderBytes, directoryEnd, this.seed));
    const sum = isInPieces
      ? checksum(bytes, directoryEnd, piecesEnd, this.seed)
      : checksum(bytes, runHeaderBytes, directoryEnd, this.seed);
    writeMagic(bytes, runHeaderLayout.magic, magics.store);
    writeU8(bytes, runHeaderLayout.kind, fileKinds.run);
    writeU8(bytes, runHeaderLayout.version, this.counts.version);
    writeU48(bytes, runHeaderLayout.base, base);
    writeU48(bytes, runHeaderLayout.last, last);
    writeU32(bytes, runHeaderLayout.indexCount, this.counts.indexCount);
    writeU32(bytes, runHeaderLayout.entryCount, this.counts.entryCount);
    writeU32(bytes, runHeaderLayout.directoryChecksum, sum);
    writeU32(bytes, runHeaderLayout.onlyIndex, onlyIndex);
    writeU32(bytes, runHeaderLayout.epoch, epoch);
    writeU32(bytes, runHeaderLayout.checksum, checksum(bytes, runHeaderLayout.magic, runHeaderBytes, this.seed));
    return bytes;
  }
}

export function decodeRunHeader(bytes: Uint8Array, lengthBytes: number, seed: number): RunHeader | RunHeaderFault {
  if (lengthBytes < runHeaderBytes) return 'short';
  if (!hasMagic(bytes, runHeaderLayout.magic, magics.store)) return 'magic';
  const sum = readU32(bytes, runHeaderLayout.checksum);
  if (checksum(bytes, runHeaderLayout.magic, runHeaderBytes, seed) !== sum) return 'checksum';
  if (readU8(bytes, runHeaderLayout.kind) !== fileKinds.run) return 'kind';
  const version = readU8(bytes, runHeaderLayout.version);
  if (version !== wholeVersion && version !== piecedVersion) return 'version';
  return {
    version,
    base: readU48(bytes, runHeaderLayout.base),
    last: readU48(bytes, runHeaderLayout.last),
    indexCount: readU32(bytes, runHeaderLayout.indexCount),
    entryCount: readU32(bytes, runHeaderLayout.entryCount),
    directoryChecksum: readU32(bytes, runHeaderLayout.directoryChecksum),
    onlyIndex: readU32(bytes, runHeaderLayout.onlyIndex),
    epoch: readU32(bytes, runHeaderLayout.epoch),
  };
}

/** Parses the directory with the checksums of its pieces; undefined when it does not match them. */
export function decodeRunDirectory(bytes: Uint8Array, header: RunHeader, seed: number): RunDirectory | undefined {
  const lengthBytes = runDirectoryBytes(header);
  const pieces = runDirectoryPieces(header);
  if (bytes.length < lengthBytes + pieces * 4) return undefined;
  if (pieces > 0) {
    const sums = decodeRunPieces(bytes.subarray(lengthBytes), header, seed);
    if (sums === undefined || firstDamagedPiece(bytes.subarray(0, lengthBytes), sums, seed) >= 0) return undefined;
  } else if (checksum(bytes, 0, lengthBytes, seed) !== header.directoryChecksum) return undefined;
  const { indexCount } = header;
  return {
    ids: readU32Array(bytes, 0, indexCount),
    starts: readU32Array(bytes, indexCount * 4, indexCount),
    blockChecksums: readU32Array(bytes, indexCount * directoryEntryBytes, postingBlocks(header.entryCount)),
  };
}

/** Parses the checksums of the directory's pieces; undefined when they are damaged. */
export function decodeRunPieces(bytes: Uint8Array, header: RunHeader, seed: number): Uint32Array | undefined {
  const pieces = runDirectoryPieces(header);
  if (bytes.length < pieces * 4 || checksum(bytes, 0, pieces * 4, seed) !== header.directoryChecksum) return undefined;
  return readU32Array(bytes, 0, pieces);
}

/** Checks one block of postings, of which `lengthBytes` are valid, against its checksum. */
export function isPostingBlockWhole(bytes: Uint8Array, lengthBytes: number, sum: number, seed: number): boolean {
  return checksum(bytes, 0, lengthBytes, seed) === sum;
}

export function readPosting(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at);
}

function postingBlocks(entryCount: number): number {
  return Math.ceil((entryCount * postingBytes) / runBlockBytes);
}
