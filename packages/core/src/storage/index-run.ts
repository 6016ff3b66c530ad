/**
 * Reads one index run: a short directory is in memory, the pieces of a long one are loaded when they are first used; postings
 * are read through the block cache. Everything is verified when it is read. Any process may use it.
 */
import { CorruptionError } from '../errors.ts';
import {
  decodeRunDirectory,
  decodeRunHeader,
  decodeRunPieces,
  isPostingBlockWhole,
  postingBytes,
  readPosting,
  runBlockBytes,
  type RunDirectory,
  runDirectoryBytes,
  runDirectoryPieces,
  type RunHeader,
  runHeaderBytes,
  runPostingsOffset,
} from '../format/run.ts';
import { runFileName } from '../format/file-names.ts';
import { type FileHandle, type FileSystem, readFully } from '../file-system/file-system.ts';
import type { BlockCache } from './block-cache.ts';
import { type Block, CachedFile } from './cached-file.ts';
import { RunTable } from './run-table.ts';

export interface RunFiles {
  readonly fileSystem: FileSystem;
  readonly cache: BlockCache;
  readonly seed: number;
}

export class IndexRun {
  readonly header: RunHeader;
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly file: CachedFile;
  private readonly files: RunFiles;
  private readonly table: RunTable;
  private readonly firstBlock: number;
  private closed = false;
  private wasDamaged = false;

  /** Opens the run; throws `CorruptionError` when header or directory are damaged. */
  constructor(files: RunFiles, path: string) {
    this.files = files;
    this.path = path;
    this.handle = files.fileSystem.open(path, 'read');
    this.file = new CachedFile(path, this.handle);
    try {
      this.header = this.readHeader();
      this.table = this.readTable();
    } catch (error) {
      this.handle.close();
      throw error;
    }
    this.firstBlock = runPostingsOffset(this.header) / runBlockBytes;
  }

  /** Number of postings of the index in this run. */
  count(indexId: number): number {
    const { table } = this;
    const slot = table.find(indexId);
    return slot < 0 ? 0 : table.endOf(slot) - table.startOf(slot);
  }

  /** Number, in the whole run, of the first posting of the index; only when `count` is not 0. */
  firstEntry(indexId: number): number {
    return this.table.startOf(this.table.find(indexId));
  }

  /** The position of the posting with this number in the whole run. */
  positionOf(entry: number): number {
    const byte = entry * postingBytes;
    const blockIndex = Math.floor(byte / runBlockBytes);
    const inBlock = byte - blockIndex * runBlockBytes;
    const { cache } = this.files;
    const block = cache.read(this.file, this.firstBlock + blockIndex, inBlock + postingBytes);
    if (!block.isChecked) this.check(block, blockIndex);
    return this.header.base + readPosting(block.bytes, block.start + inBlock);
  }

  /** Reads all of the file; throws `CorruptionError` when any of its postings do not match their checksum. */
  verify(): void {
    this.table.contents();
    const entriesPerBlock = runBlockBytes / postingBytes;
    for (let entry = 0; entry < this.header.entryCount; entry += entriesPerBlock) this.positionOf(entry);
  }

  /** Index ids in ascending order, and where their postings start. */
  get contents(): Pick<RunDirectory, 'ids' | 'starts'> {
    return this.table.contents();
  }

  /** True when the run was merged or dropped; its positions must be looked up elsewhere. */
  get isClosed(): boolean {
    return this.closed;
  }

  /**
   * True when something in it did not match its checksum. The writer may have rebuilt the file since, so it must be opened
   * again.
   */
  get isDamaged(): boolean {
    return this.wasDamaged;
  }

  /** Closes the file. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.files.cache.forget(this.file);
    this.handle.close();
  }

  private readHeader(): RunHeader {
    const { handle, path } = this;
    const bytes = new Uint8Array(runHeaderBytes);
    const header = decodeRunHeader(bytes, readFully(handle, bytes, 0, runHeaderBytes, 0), this.files.seed);
    if (typeof header === 'string') throw damagedRun(path, 0, `its header is not whole (${header})`);
    // An intact run under the name of another one would give the positions of other streams.
    const { base, last, onlyIndex } = header;
    if (!path.endsWith(`/${runFileName(base, last, onlyIndex)}`)) throw damagedRun(path, 0, 'it is another run');
    const sizeBytes = runPostingsOffset(header) + header.entryCount * postingBytes;
    // Compared with the file before anything is allocated.
    if (handle.sizeBytes() !== sizeBytes) throw damagedRun(path, sizeBytes, 'it does not end where it should');
    return header;
  }

  private readTable(): RunTable {
    const { header, handle: file } = this;
    const { seed } = this.files;
    const lengthBytes = runDirectoryBytes(header);
    const damaged = (offset: number): CorruptionError =>
      this.damaged(offset, 'its directory does not match its checksum');
    if (runDirectoryPieces(header) === 0) {
      const directory = decodeRunDirectory(this.read(runHeaderBytes, lengthBytes), header, seed);
      if (directory === undefined) throw damaged(runHeaderBytes);
      return RunTable.of(directory, header);
    }
    const offset = runHeaderBytes + lengthBytes;
    const checksums = decodeRunPieces(this.read(offset, runDirectoryPieces(header) * 4), header, seed);
    if (checksums === undefined) throw damaged(offset);
    const replace = (at: number): never => {
      throw damaged(at);
    };
    return RunTable.in({ file, offset: runHeaderBytes, checksums, seed, replace }, header);
  }

  private read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    readFully(this.handle, bytes, 0, length, offset);
    return bytes;
  }

  private check(block: Block, blockIndex: number): void {
    const remaining = this.header.entryCount * postingBytes - blockIndex * runBlockBytes;
    const lengthBytes = Math.min(runBlockBytes, remaining);
    const sum = this.table.blockChecksum(blockIndex);
    const postings = block.bytes.subarray(block.start, block.start + lengthBytes);
    if (block.length < lengthBytes || !isPostingBlockWhole(postings, lengthBytes, sum, this.files.seed)) {
      throw this.damaged((this.firstBlock + blockIndex) * runBlockBytes, 'postings do not match their checksum');
    }
    block.isChecked = true;
  }

  private damaged(offset: number, reason: string): CorruptionError {
    this.wasDamaged = true;
    return damagedRun(this.path, offset, reason);
  }
}

export function damagedRun(path: string, offset: number, reason: string): CorruptionError {
  return new CorruptionError(`The index run ${path} is damaged at byte ${offset}: ${reason}.`, {
    path,
    offset,
    hint: 'Runs are made from frames: call `reindex(0)` on the storage of the writer, which makes them again.',
  });
}
