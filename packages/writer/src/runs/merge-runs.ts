/**
 * Merges neighbouring index runs into one, by streaming: directories are in memory, postings pass through buffers. Can run in a
 * thread of its own, since it knows nothing of the store but the files that it is given.
 *
 * Invariant: the merged run has its name only when it is whole and durable; the runs it was made from stay.
 */
import type { FileHandle, FileSystem } from '@varve/core';
import {
  bytesOf,
  damagedRun,
  decodeRunDirectory,
  decodeRunHeader,
  isPostingBlockWhole,
  orderU32Array,
  postingBytes,
  readFully,
  runBlockBytes,
  RunEncoder,
  type RunDirectory,
  runDirectoryBytes,
  runDirectoryPieces,
  type RunHeader,
  runHeaderBytes,
  runPostingsOffset,
  temporarySuffix,
  writeFully,
} from '@varve/core/internal';

export interface MergeTask {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly directory: string;
  readonly seed: number;
  /** The indexes to take; without it, all of them. */
  readonly only?: ReadonlySet<number>;
  /** For a backfill: the id of the index that the merged run is made for, and the last position that it covers. */
  readonly backfill?: { readonly onlyIndex: number; readonly last: number };
}

/** How much is read from one run at a time: whole blocks, each of which has a checksum. */
const blocksPerRead = 16;
const postingsPerBlock = runBlockBytes / postingBytes;
const postingsPerRead = blocksPerRead * postingsPerBlock;

export function mergeRuns(fileSystem: FileSystem, task: MergeTask): void {
  const sources: RunSource[] = [];
  try {
    for (const path of task.inputs) sources.push(new RunSource(fileSystem, path, task.seed));
    const base = sources[0]!.header.base;
    const { onlyIndex, last } = task.backfill ?? { onlyIndex: 0, last: sources.at(-1)!.header.last };
    const epoch = Math.max(...sources.map((source) => source.header.epoch));
    const { ids, starts, entryCount } = mergeDirectories(sources, task.only);
    const encoder = new RunEncoder({ base, last, onlyIndex, epoch, ids, starts, entryCount }, task.seed);
    const temporaryPath = task.output + temporarySuffix;
    try {
      writeRun(fileSystem, temporaryPath, (file) => {
        writePostings(file, encoder, ids, sources, base);
        const head = encoder.finish();
        writeFully(file, head, 0, head.length, 0);
      });
    } catch (error) {
      // A file that could not be written whole is useless, and takes room that others may need.
      fileSystem.remove(temporaryPath);
      throw error;
    }
    fileSystem.rename(temporaryPath, task.output);
    fileSystem.syncDirectory(task.directory);
  } finally {
    for (const source of sources) source.close();
  }
}

function writeRun(fileSystem: FileSystem, path: string, write: (file: FileHandle) => void): void {
  const file = fileSystem.open(path, 'create');
  try {
    file.truncate(0);
    write(file);
    file.sync();
  } finally {
    file.close();
  }
}

function writePostings(
  file: FileHandle,
  encoder: RunEncoder,
  ids: Uint32Array,
  sources: readonly RunSource[],
  base: number,
): void {
  const write = (bytes: Uint8Array, position: number): void => writeFully(file, bytes, 0, bytes.length, position);
  for (const id of ids) {
    for (const source of sources) {
      const shift = source.header.base - base;
      for (let left = source.takeCount(id); left > 0; left--) encoder.add(shift + source.next(), write);
    }
  }
  encoder.flush(write);
}

function mergeDirectories(
  sources: readonly RunSource[],
  only: ReadonlySet<number> | undefined,
): {
  ids: Uint32Array;
  starts: Uint32Array;
  entryCount: number;
} {
  const ids = allIds(sources, only);
  const starts = new Uint32Array(ids.length);
  for (const { directory, header } of sources) {
    let at = 0;
    for (const [slot, id] of directory.ids.entries()) {
      while (ids[at]! < id) at++;
      if (ids[at] === id) starts[at]! += (directory.starts[slot + 1] ?? header.entryCount) - directory.starts[slot]!;
    }
  }
  let entryCount = 0;
  for (const [slot, count] of starts.entries()) {
    starts[slot] = entryCount;
    entryCount += count;
  }
  return { ids, starts, entryCount };
}

/** Each id once, ascending. Only typed arrays: there may be a million ids. */
function allIds(sources: readonly RunSource[], only: ReadonlySet<number> | undefined): Uint32Array {
  const all = new Uint32Array(sources.reduce((sum, { directory }) => sum + directory.ids.length, 0));
  let count = 0;
  for (const { directory } of sources) {
    all.set(directory.ids, count);
    count += directory.ids.length;
  }
  all.sort();
  return all.filter((id, place) => id !== all[place - 1] && only?.has(id) !== false);
}

/** One of the runs that are merged, read from front to back. */
class RunSource {
  readonly header: RunHeader;
  readonly directory: RunDirectory;
  private readonly file: FileHandle;
  private readonly path: string;
  private readonly seed: number;
  private readonly postingsOffset: number;
  private slot = 0;
  private entry = 0;
  /** Memory that each chunk is read into, and the part of it that the current chunk takes. */
  private readonly room: Uint32Array;
  private chunk: Uint32Array;
  private chunkStart = 0;

  constructor(fileSystem: FileSystem, path: string, seed: number) {
    this.path = path;
    this.seed = seed;
    this.file = fileSystem.open(path, 'read');
    try {
      const headerBytes = this.read(runHeaderBytes, 0);
      const header = decodeRunHeader(headerBytes, headerBytes.length, seed);
      if (typeof header === 'string') throw damagedRun(path, 0, `its header is not whole (${header})`);
      const lengthBytes = runDirectoryBytes(header) + runDirectoryPieces(header) * 4;
      const directory = decodeRunDirectory(this.read(lengthBytes, runHeaderBytes), header, seed);
      if (directory === undefined) throw damagedRun(path, runHeaderBytes, 'its directory does not match its checksum');
      this.header = header;
      this.directory = directory;
    } catch (error) {
      this.file.close();
      throw error;
    }
    this.postingsOffset = runPostingsOffset(this.header);
    this.room = new Uint32Array(Math.min(postingsPerRead, this.header.entryCount));
    this.chunk = this.room.subarray(0, 0);
  }

  /** Number of postings that this run has of the index, which `next` returns after that; ids must be given in ascending order. */
  takeCount(indexId: number): number {
    const { ids, starts } = this.directory;
    while (this.slot < ids.length && ids[this.slot]! < indexId) this.slot++;
    if (ids[this.slot] !== indexId) return 0;
    this.entry = starts[this.slot]!;
    return (starts[this.slot + 1] ?? this.header.entryCount) - this.entry;
  }

  next(): number {
    let inChunk = this.entry - this.chunkStart;
    if (!(inChunk < this.chunk.length)) {
      this.readChunk();
      inChunk = this.entry - this.chunkStart;
    }
    this.entry++;
    return this.chunk[inChunk]!;
  }

  /** Checks every block: damaged postings must not get a valid checksum by being merged. */
  private readChunk(): void {
    this.chunkStart = Math.floor(this.entry / postingsPerBlock) * postingsPerBlock;
    const count = Math.min(postingsPerRead, this.header.entryCount - this.chunkStart);
    const firstBlock = this.chunkStart / postingsPerBlock;
    const offset = this.postingsOffset + this.chunkStart * postingBytes;
    this.chunk = this.room.subarray(0, count);
    const bytes = bytesOf(this.chunk);
    this.readInto(bytes, offset);
    for (let at = 0; at < bytes.length; at += runBlockBytes) {
      const piece = bytes.subarray(at, at + runBlockBytes);
      const sum = this.directory.blockChecksums[firstBlock + at / runBlockBytes]!;
      if (isPostingBlockWhole(piece, piece.length, sum, this.seed)) continue;
      throw damagedRun(this.path, offset + at, 'postings do not match their checksum');
    }
    orderU32Array(this.chunk);
  }

  close(): void {
    this.file.close();
  }

  private read(length: number, position: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readInto(bytes, position);
    return bytes;
  }

  private readInto(bytes: Uint8Array, position: number): void {
    if (readFully(this.file, bytes, 0, bytes.length, position) < bytes.length) {
      throw damagedRun(this.path, position, 'it is cut off');
    }
  }
}
