/**
 * Merges neighbouring index runs into one, in a stream: directories are in memory, postings pass through buffers. Runs
 * in a thread of its own, and knows nothing of the store beyond the files it is given.
 *
 * Invariant: the merged run has its name only when it is whole and durable; the runs it was made from stay.
 */
import type { FileHandle, FileSystem } from '@varve/core';
import {
  decodeRunDirectory,
  decodeRunHeader,
  postingBytes,
  readFully,
  readU32Array,
  RunEncoder,
  type RunDirectory,
  runDirectoryBytes,
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
}

/** Postings that are read from one run at a time. */
const postingsPerRead = 65_536;

export function mergeRuns(fileSystem: FileSystem, task: MergeTask): void {
  const sources = task.inputs.map((path) => new RunSource(fileSystem, path, task.seed));
  try {
    const base = sources[0]!.header.base;
    const { ids, starts, entryCount } = mergeDirectories(sources);
    const encoder = new RunEncoder(
      { base, last: sources.at(-1)!.header.last, onlyIndex: 0, ids, starts, entryCount },
      task.seed,
    );
    const temporaryPath = task.output + temporarySuffix;
    const file = fileSystem.open(temporaryPath, 'create');
    try {
      file.truncate(0);
      writePostings(file, encoder, ids, sources, base);
      const head = encoder.finish();
      writeFully(file, head, 0, head.length, 0);
      file.sync();
    } finally {
      file.close();
    }
    fileSystem.rename(temporaryPath, task.output);
    fileSystem.syncDirectory(task.directory);
  } finally {
    for (const source of sources) source.close();
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

function mergeDirectories(sources: readonly RunSource[]): {
  ids: Uint32Array;
  starts: Uint32Array;
  entryCount: number;
} {
  const counts = new Map<number, number>();
  for (const { directory, header } of sources) {
    for (const [slot, id] of directory.ids.entries()) {
      const count = (directory.starts[slot + 1] ?? header.entryCount) - directory.starts[slot]!;
      counts.set(id, (counts.get(id) ?? 0) + count);
    }
  }
  const ids = Uint32Array.from(counts.keys()).sort();
  const starts = new Uint32Array(ids.length);
  let entryCount = 0;
  for (const [slot, id] of ids.entries()) {
    starts[slot] = entryCount;
    entryCount += counts.get(id)!;
  }
  return { ids, starts, entryCount };
}

/** One of the runs that are merged, read from front to back. */
class RunSource {
  readonly header: RunHeader;
  readonly directory: RunDirectory;
  private readonly file: FileHandle;
  private readonly path: string;
  private readonly postingsOffset: number;
  private slot = 0;
  private entry = 0;
  private chunk: Uint32Array = new Uint32Array(0);
  private chunkStart = 0;

  constructor(fileSystem: FileSystem, path: string, seed: number) {
    this.path = path;
    this.file = fileSystem.open(path, 'read');
    const headerBytes = this.read(runHeaderBytes, 0);
    const header = decodeRunHeader(headerBytes, headerBytes.length, seed);
    if (typeof header === 'string') throw new Error(`${path} is damaged (${header})`);
    const directory = decodeRunDirectory(this.read(runDirectoryBytes(header), runHeaderBytes), header, seed);
    if (directory === undefined) throw new Error(`The directory of ${path} is damaged`);
    this.header = header;
    this.directory = directory;
    this.postingsOffset = runPostingsOffset(header);
  }

  /** How many postings this run has of the index; ids must be asked for in ascending order. */
  takeCount(indexId: number): number {
    const { ids, starts } = this.directory;
    if (ids[this.slot] !== indexId) return 0;
    this.slot++;
    return (starts[this.slot] ?? this.header.entryCount) - starts[this.slot - 1]!;
  }

  next(): number {
    const inChunk = this.entry - this.chunkStart;
    if (inChunk < this.chunk.length) {
      this.entry++;
      return this.chunk[inChunk]!;
    }
    this.chunkStart = this.entry;
    const count = Math.min(postingsPerRead, this.header.entryCount - this.entry);
    const bytes = this.read(count * postingBytes, this.postingsOffset + this.entry * postingBytes);
    this.chunk = readU32Array(bytes, 0, count);
    this.entry++;
    return this.chunk[0]!;
  }

  close(): void {
    this.file.close();
  }

  private read(length: number, position: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (readFully(this.file, bytes, 0, length, position) < length) throw new Error(`${this.path} is cut off`);
    return bytes;
  }
}
