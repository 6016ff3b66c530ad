/**
 * Reads commit frames from the segment files of one partition. Every frame is checked when it is read. Any process
 * may use it. Layout: docs/format.md, "Segment" and "Frame".
 */
import { CorruptionError, systemErrorCode, VarveError } from '../errors.ts';
import { fileHeaderBytes } from '../format/file-header.ts';
import { fileNames, parseSegmentFileName, partitionFolderName, segmentFileName } from '../format/file-names.ts';
import { minFrameBytes } from '../format/frame-layout.ts';
import { type FrameCheck, readFrameLength } from '../format/frame.ts';
import type { FilePool } from '../file-system/file-pool.ts';
import { type FileSystem, readFully } from '../file-system/file-system.ts';
import type { ArchivedFile, SegmentRecords } from './segment-records.ts';
import type { BlockCache } from './block-cache.ts';
import { blockBytes, CachedFile } from './cached-file.ts';
import type { CachedFrame } from './cached-frame.ts';
import { FrameCursor } from './frame-cursor.ts';
import { copyRange } from './read-range.ts';

export interface StoreContext {
  readonly directory: string;
  /** The folder that holds the folder of the partitions; nearly always `directory`. */
  readonly dataDirectory: string;
  /** The folder that holds positions, runs, commit ids and name indexes; nearly always `directory`. */
  readonly indexDirectory: string;
  /** Which segments were archived or dropped. */
  readonly segmentRecords: SegmentRecords;
  readonly fileSystem: FileSystem;
  readonly pool: FilePool;
  readonly cache: BlockCache;
  readonly seed: number;
}

/** Longer frames are read in a separate call. */
const maxCachedFrameBytes = 4 * blockBytes;
/**
 * Bytes that are read at first of a frame that is read past the cache: hardly more costly than a few bytes, and most frames are
 * shorter.
 */
const minBytesPast = 1024;

export interface Segment {
  readonly baseOffset: number;
  readonly file: CachedFile;
  /** What the catalog records of a segment that was archived, wherever it is: nothing more is appended to it. */
  readonly archived: ArchivedFile | undefined;
}

export class ReadablePartition {
  readonly id: number;
  readonly name: string;
  readonly folder: string;
  protected readonly context: StoreContext;
  protected segments: Segment[] = [];
  /** Expected length of frames that are read past the cache, going by the last one. */
  private bytesPast = minBytesPast;

  constructor(context: StoreContext, id: number, name: string) {
    this.context = context;
    this.id = id;
    this.name = name;
    this.folder = `${context.dataDirectory}/${fileNames.partitions}/${partitionFolderName(id, name)}`;
    this.findSegments();
  }

  /** The segments in order of their offsets; the last one is the one that grows. */
  get segmentList(): readonly Segment[] {
    return this.segments;
  }

  /**
   * Reads the frame at `offset` into the cursor and returns whether it is whole. 'short' means that the partition ends
   * before the frame does.
   */
  tryRead(offset: number, cursor: FrameCursor): FrameCheck {
    try {
      return this.readAt(offset, cursor);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      return this.readMoved(offset, cursor, error);
    }
  }

  /** Reads the frame at `offset`, or throws a `CorruptionError` that says what is wrong with it. */
  read(offset: number, cursor: FrameCursor): void {
    const check = this.readNow(offset, cursor);
    if (check !== 'whole') throw this.corruption(offset, check);
  }

  /** Like `tryRead`, but looks for segments that were added or moved before it reports that the frame is missing. */
  readNow(offset: number, cursor: FrameCursor): FrameCheck {
    try {
      const check = this.tryRead(offset, cursor);
      if (check !== 'short') return check;
      this.context.segmentRecords.lookAgain();
      return this.findSegments() ? this.tryRead(offset, cursor) : check;
    } catch (error) {
      throw systemErrorCode(error) === 'ENOENT' ? this.missing(this.segmentAt(offset), error) : error;
    }
  }

  /** Where whole frames lead, one after the other from the start of the segment: to `offset`, if one begins there. */
  walkTo(offset: number): number {
    const segment = this.segmentAt(offset);
    if (segment === undefined) return 0;
    const cursor = new FrameCursor();
    let at = segment.baseOffset + fileHeaderBytes;
    while (at < offset && this.tryRead(at, cursor) === 'whole') at += cursor.view.sizeBytes;
    return at;
  }

  /** Where the partition begins; what came before was dropped. */
  get beginningOffset(): number {
    return this.context.segmentRecords.beginningOf(this.id).offset;
  }

  /** Whether the frame at `offset` was moved to an archive. */
  isArchivedAt(offset: number): boolean {
    return this.segmentAt(offset)?.archived !== undefined;
  }

  /** Fills in where the frame at this offset is in memory, if it is. */
  findCached(frame: CachedFrame): void {
    const segment = this.segmentAt(frame.offset);
    if (segment === undefined) return;
    const at = frame.offset - segment.baseOffset;
    const block = segment.file.blocks[Math.floor(at / blockBytes)];
    frame.block = block;
    if (block !== undefined) frame.at = block.start + (at & (blockBytes - 1));
  }

  private readAt(offset: number, cursor: FrameCursor): FrameCheck {
    const segment = this.segmentAt(offset);
    if (segment === undefined) return 'short';
    const at = offset - segment.baseOffset;
    const { cache, seed } = this.context;
    const inBlock = at & (blockBytes - 1);
    const blockIndex = Math.floor(at / blockBytes);
    const block = cache.lookUp(segment.file, blockIndex, inBlock, Math.min(blockBytes, inBlock + minFrameBytes));
    if (block === undefined) return this.readPast(segment, at, offset, cursor);
    if (inBlock + 8 > block.length) return this.readAcross(segment, at, offset, cursor);
    const end = inBlock + readFrameLength(block.bytes, block.start + inBlock);
    if (end > blockBytes) return this.readAcross(segment, at, offset, cursor);
    if (end > block.length) cache.read(segment.file, blockIndex, end);
    return cursor.take(block, inBlock, offset, seed);
  }

  /** The file that held the frame is gone: it was moved to an archive, or dropped, or should not be gone. */
  private readMoved(offset: number, cursor: FrameCursor, cause: unknown): FrameCheck {
    this.context.segmentRecords.lookAgain();
    this.forgetCached();
    try {
      return this.readAt(offset, cursor);
    } catch (error) {
      const segment = this.segmentAt(offset);
      if (systemErrorCode(error) !== 'ENOENT' || segment?.archived === undefined) throw error;
      throw this.missing(segment, cause);
    }
  }

  /** The error for a segment whose file is not there. */
  missing(segment: Segment | undefined, cause?: unknown): VarveError {
    const path = segment?.file.path ?? this.folder;
    if (segment?.archived === undefined) {
      return new CorruptionError(`The segment ${path} is missing.`, { path, offset: 0, cause });
    }
    return new VarveError('ARCHIVE_MISSING', `The segment ${path} was archived, and is not there.`, {
      path,
      expected: this.context.segmentRecords.archivedPaths(this, segment.archived),
      cause,
      hint: 'Bring the archive back, or give the option `archiveDirectory` where it is elsewhere.',
    });
  }

  corruption(offset: number, check: FrameCheck): CorruptionError {
    const { path, at } = this.placeOf(offset);
    return new CorruptionError(`${frameFaults[check]} at byte ${at} of ${path}.`, { path, offset: at });
  }

  /** The file that holds this offset, and where in it. */
  placeOf(offset: number): { readonly path: string; readonly at: number } {
    // The header of a segment is part of it, too.
    const segment = this.segments.findLast(({ baseOffset }) => baseOffset <= offset);
    return { path: segment?.file.path ?? this.folder, at: offset - (segment?.baseOffset ?? 0) };
  }

  /**
   * Forgets what is cached from `offset` on, and looks again which segments there are: a copying tool may have replaced
   * them.
   */
  forgetFrom(offset: number): void {
    const segment = this.segmentAt(offset);
    if (segment !== undefined) {
      this.context.cache.forgetFrom(segment.file, Math.floor((offset - segment.baseOffset) / blockBytes));
    }
    const present = new Set((this.context.fileSystem.list(this.folder) ?? []).map(parseSegmentFileName));
    for (const each of this.segments) if (!present.has(each.baseOffset)) this.context.cache.forget(each.file);
    this.segments = this.segments.filter((each) => present.has(each.baseOffset));
    this.findSegments();
  }

  /** Forgets what is cached, because a recovery may have cut the partition back. */
  forgetCached(): void {
    for (const segment of this.segments) this.context.cache.forget(segment.file);
    this.segments = [];
    this.findSegments();
  }

  /** Looks for segment files that were added, here and in archives; true when there are any. */
  findSegments(): boolean {
    const { fileSystem, segmentRecords: records } = this.context;
    const known = new Set(this.segments.map((segment) => segment.baseOffset));
    const { offset: beginning } = records.beginningOf(this.id);
    const isNew = (base: number | undefined): base is number =>
      base !== undefined && base >= beginning && !known.has(base);
    const here = (fileSystem.list(this.folder) ?? []).map(parseSegmentFileName).filter(isNew);
    for (const base of here) this.addSegment(base);
    const isHere = new Set(here);
    const archived = [...records.archivedIn(this.id).values()].filter(({ from }) => isNew(from) && !isHere.has(from));
    for (const file of archived) this.addArchived(file);
    this.segments.sort((left, right) => left.baseOffset - right.baseOffset);
    return here.length + archived.length > 0;
  }

  protected addSegment(baseOffset: number): Segment {
    const file = new CachedFile(`${this.folder}/${segmentFileName(baseOffset)}`);
    const segment = { baseOffset, file, archived: this.context.segmentRecords.archivedIn(this.id).get(baseOffset) };
    this.segments.push(segment);
    return segment;
  }

  /** When it is not found, the path is the last one at which it may be. */
  private addArchived(archived: ArchivedFile): void {
    const { fileSystem, segmentRecords: records } = this.context;
    const paths = records.archivedPaths(this, archived);
    const path = paths.find((candidate) => fileSystem.stat(candidate) !== undefined) ?? paths.at(-1)!;
    this.segments.push({ baseOffset: archived.from, file: new CachedFile(path), archived });
  }

  /** The segment that holds this offset, if it holds frames there. */
  protected segmentAt(offset: number): Segment | undefined {
    let index = this.segments.length - 1;
    while (index >= 0 && this.segments[index]!.baseOffset > offset) index--;
    const segment = this.segments[index];
    return segment !== undefined && offset - segment.baseOffset >= fileHeaderBytes ? segment : undefined;
  }

  /** The rarer case: the frame spans blocks, or reaches beyond the end of the file. */
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

  /** A frame whose block is not worth caching: read with one call, if it is as short as the one before. */
  private readPast(segment: Segment, at: number, offset: number, cursor: FrameCursor): FrameCheck {
    const { cache, seed } = this.context;
    const { file } = segment;
    let scratch = cursor.takeScratch(this.bytesPast);
    scratch.length = cache.readPast(file, scratch.bytes, this.bytesPast, at);
    if (scratch.length < minFrameBytes) return 'short';
    const length = readFrameLength(scratch.bytes, 0);
    if (length > maxCachedFrameBytes) return this.readLarge(segment, { at, length }, offset, cursor);
    if (length > this.bytesPast) {
      scratch = cursor.takeScratch(length);
      scratch.length = cache.readPast(file, scratch.bytes, length, at);
    }
    this.bytesPast = Math.max(minBytesPast, Math.min(length, blockBytes));
    return cursor.take(scratch, 0, offset, seed);
  }

  /** A frame that would displace many blocks is read past the cache. */
  private readLarge(
    segment: Segment,
    { at, length }: { readonly at: number; readonly length: number },
    offset: number,
    cursor: FrameCursor,
  ): FrameCheck {
    const handle = this.context.pool.open(segment.file.path);
    // Compared with the file before anything is allocated: a damaged length must not request gigabytes.
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
