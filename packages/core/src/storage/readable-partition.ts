/**
 * Reads commit frames from the segment files of one partition. Every frame is checked when it is read. Any process
 * may use it. Layout: docs/format.md, "Segment" and "Frame".
 */
import { CorruptionError } from '../errors.ts';
import { fileHeaderBytes } from '../format/file-header.ts';
import { fileNames, parseSegmentFileName, partitionFolderName, segmentFileName } from '../format/file-names.ts';
import { minFrameBytes } from '../format/frame-layout.ts';
import { type FrameCheck, FrameView, readFrameLength } from '../format/frame.ts';
import type { FilePool } from '../file-system/file-pool.ts';
import { type FileSystem, readFully } from '../file-system/file-system.ts';
import { Block, type BlockCache, blockBytes, CachedFile } from './block-cache.ts';
import { copyRange } from './read-range.ts';

export interface PartitionContext {
  readonly directory: string;
  /** The folder that holds the folder of the partitions; nearly always `directory`. */
  readonly dataDirectory: string;
  /** The folder that holds positions, runs, commit ids and name indexes; nearly always `directory`. */
  readonly indexDirectory: string;
  readonly fileSystem: FileSystem;
  readonly pool: FilePool;
  readonly cache: BlockCache;
  readonly seed: number;
}

/** A frame that was read, and what tells whether the bytes under it are still the same. */
export class FrameCursor {
  readonly view = new FrameView();
  /** Where the frame begins in its partition. */
  offset = 0;
  private block: Block = unusedBlock;
  private generation = -1;
  private scratch = new Block(new Uint8Array(0));

  /** False when the bytes under `view` were recycled since. */
  get isCurrent(): boolean {
    return this.block.generation === this.generation;
  }

  /**
   * Lays `view` over the frame at byte `at` of the block, `offset` of its partition, and checks it. Bytes that are no
   * whole frame are never current.
   */
  take(block: Block, at: number, offset: number, seed: number): FrameCheck {
    const check = this.view.parse(block.bytes, at, block.length, seed);
    this.block = block;
    this.generation = check === 'whole' ? block.generation : -1;
    this.offset = offset;
    return check;
  }

  /** Room of the cursor's own for a frame that lies across blocks; what was there is no longer current. */
  takeScratch(sizeBytes: number): Block {
    this.scratch.generation++;
    if (this.scratch.bytes.length < sizeBytes) {
      this.scratch = new Block(new Uint8Array(Math.max(sizeBytes, blockBytes)));
    }
    return this.scratch;
  }
}

/** Longer frames are read in one call of their own. */
const maxCachedFrameBytes = 4 * blockBytes;

const unusedBlock = new Block(new Uint8Array(0));

export interface Segment {
  readonly baseOffset: number;
  readonly file: CachedFile;
}

export class ReadablePartition {
  readonly id: number;
  readonly folder: string;
  protected readonly context: PartitionContext;
  protected segments: Segment[] = [];

  constructor(context: PartitionContext, id: number, name: string) {
    this.context = context;
    this.id = id;
    this.folder = `${context.dataDirectory}/${fileNames.partitions}/${partitionFolderName(id, name)}`;
    this.findSegments();
  }

  /** The segments in order of their offsets; the last one is the one that grows. */
  get segmentList(): readonly Segment[] {
    return this.segments;
  }

  /**
   * Reads the frame at `offset` into the cursor and says whether it is whole. 'short' means that the partition ends
   * before the frame does.
   */
  tryRead(offset: number, cursor: FrameCursor): FrameCheck {
    const segment = this.segmentAt(offset);
    if (segment === undefined) return 'short';
    const at = offset - segment.baseOffset;
    const { cache, seed } = this.context;
    const inBlock = at & (blockBytes - 1);
    const blockIndex = Math.floor(at / blockBytes);
    const block = cache.read(segment.file, blockIndex, Math.min(blockBytes, inBlock + minFrameBytes));
    if (inBlock + 8 > block.length) return this.readAcross(segment, at, offset, cursor);
    const end = inBlock + readFrameLength(block.bytes, inBlock);
    if (end > blockBytes) return this.readAcross(segment, at, offset, cursor);
    if (end > block.length) cache.read(segment.file, blockIndex, end);
    return cursor.take(block, inBlock, offset, seed);
  }

  /** Reads the frame at `offset`, or throws a `CorruptionError` that says what is wrong with it. */
  read(offset: number, cursor: FrameCursor): void {
    let check = this.tryRead(offset, cursor);
    if (check === 'short' && this.findSegments()) check = this.tryRead(offset, cursor);
    if (check !== 'whole') throw this.corruption(offset, check);
  }

  corruption(offset: number, check: FrameCheck): CorruptionError {
    const segment = this.segmentAt(offset);
    const path = segment?.file.path ?? this.folder;
    const at = offset - (segment?.baseOffset ?? 0);
    return new CorruptionError(`${frameFaults[check]} at byte ${at} of ${path}.`, { path, offset: at });
  }

  /** Forgets what is cached, because a recovery may have cut the partition back. */
  forgetCached(): void {
    for (const segment of this.segments) this.context.cache.forget(segment.file);
    this.segments = [];
    this.findSegments();
  }

  /** Looks for segment files that were added; true when there are any. */
  findSegments(): boolean {
    const known = new Set(this.segments.map((segment) => segment.baseOffset));
    const bases = (this.context.fileSystem.list(this.folder) ?? [])
      .map(parseSegmentFileName)
      .filter((base) => base !== undefined)
      .filter((base) => !known.has(base));
    for (const base of bases) this.addSegment(base);
    this.segments.sort((left, right) => left.baseOffset - right.baseOffset);
    return bases.length > 0;
  }

  protected addSegment(baseOffset: number): Segment {
    const segment = { baseOffset, file: new CachedFile(`${this.folder}/${segmentFileName(baseOffset)}`) };
    this.segments.push(segment);
    return segment;
  }

  /** The segment that holds this offset, if it holds frames there. */
  protected segmentAt(offset: number): Segment | undefined {
    let index = this.segments.length - 1;
    while (index >= 0 && this.segments[index]!.baseOffset > offset) index--;
    const segment = this.segments[index];
    return segment !== undefined && offset - segment.baseOffset >= fileHeaderBytes ? segment : undefined;
  }

  /** The rarer case: the frame lies across blocks, or behind the end of the file. */
  private readAcross(segment: Segment, at: number, offset: number, cursor: FrameCursor): FrameCheck {
    const { cache, seed } = this.context;
    const { file } = segment;
    const header = cursor.takeScratch(minFrameBytes);
    if (copyRange(cache, file, { offset: at, length: minFrameBytes }, header.bytes) < minFrameBytes) return 'short';
    const length = readFrameLength(header.bytes, 0);
    if (length > maxCachedFrameBytes) return this.readLarge(segment, { at, length }, offset, cursor);
    const scratch = cursor.takeScratch(length);
    scratch.length = copyRange(cache, file, { offset: at, length }, scratch.bytes);
    return cursor.take(scratch, 0, offset, seed);
  }

  /** A frame that would take the place of many blocks is read past the cache. */
  private readLarge(
    segment: Segment,
    { at, length }: { readonly at: number; readonly length: number },
    offset: number,
    cursor: FrameCursor,
  ): FrameCheck {
    const handle = this.context.pool.open(segment.file.path);
    // Compared with the file before anything is allocated: a damaged length must not ask for gigabytes.
    if (length > handle.sizeBytes() - at) return 'short';
    const scratch = cursor.takeScratch(length);
    scratch.length = readFully(handle, scratch.bytes, 0, length, at);
    return cursor.take(scratch, 0, offset, this.context.seed);
  }
}

const frameFaults: Readonly<Record<FrameCheck, string>> = {
  whole: 'A frame that is not the expected one lies',
  short: 'A frame is cut off',
  length: 'A frame has an impossible length',
  checksum: 'A frame does not match its checksum',
  kind: 'A frame is of an unknown kind',
  fields: 'A frame has fields that contradict each other',
};
