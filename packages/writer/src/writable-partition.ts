/**
 * A partition that is appended to: frames are built in its write buffer, and the buffer goes to the last segment in
 * one write. Frames that are still in the buffer can be read. Only the holder of the writer's lock may use it.
 *
 * Invariants: each frame holds the checksum of the one before; a segment's file ends where its last frame ends.
 */
import { VarveError } from '@varve/core';
import {
  Block,
  encodeFileHeader,
  type FrameCheck,
  type FrameCursor,
  fileHeaderBytes,
  fileNames,
  type FrameFields,
  maxPartitionBytes,
  type StoreContext,
  ReadablePartition,
  sealFrame,
  writeFrameHeader,
} from '@varve/core/internal';
import type { DirtyFiles } from './dirty-files.ts';
import { WriteFile } from './write-file.ts';

/** Where a partition ends, as recovery found it. */
export interface PartitionEnd {
  /** Offset of the end of the last frame; 0 when the partition has no segment yet. */
  readonly offset: number;
  /** Checksum of the last frame; 0 when there is none. */
  readonly lastChecksum: number;
}

/** Encoded metadata and payloads of a frame: `bytes[start..end)`, payload k being `payloadLengths[k]` long. */
export interface FrameBody {
  readonly metadata: Uint8Array;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly payloadLengths: readonly number[];
  /** Bytes of metadata and payloads before they were compressed into `bytes`; absent when they were not. */
  readonly uncompressedBytes?: number;
}

const minBufferBytes = 4096;

export class WritablePartition extends ReadablePartition {
  private readonly dirtyFiles: DirtyFiles;
  private readonly segmentBytes: number;
  private readonly epoch: number;
  private file: WriteFile | undefined;
  private buffer = new Block(new Uint8Array(0));
  private flushedOffset: number;
  private lastChecksum: number;
  /** Whether the last segment takes no more frames. */
  private hasEnded = false;

  constructor(
    context: StoreContext,
    entry: { readonly id: number; readonly name: string },
    end: PartitionEnd,
    options: { readonly dirtyFiles: DirtyFiles; readonly segmentBytes: number; readonly epoch: number },
  ) {
    super(context, entry.id, entry.name);
    this.dirtyFiles = options.dirtyFiles;
    this.segmentBytes = options.segmentBytes;
    this.epoch = options.epoch;
    this.flushedOffset = end.offset;
    this.lastChecksum = end.lastChecksum;
    const last = this.segments.at(-1);
    if (last !== undefined && last.archived === undefined) {
      this.file = new WriteFile(context.fileSystem, last.file.path, end.offset - last.baseOffset);
    }
  }

  get bufferedBytes(): number {
    return this.buffer.length;
  }

  /** Whether a frame of this size needs a new segment; the buffer must be flushed before that. */
  needsNewSegment(frameBytes: number): boolean {
    const last = this.segments.at(-1);
    if (last === undefined || last.archived !== undefined || this.hasEnded) return true;
    const used = this.flushedOffset + this.buffer.length - last.baseOffset;
    return used + frameBytes > this.segmentBytes && used > fileHeaderBytes;
  }

  /** Offset of the end of the last frame that was written. */
  get endOffset(): number {
    return this.flushedOffset;
  }

  /** Makes the next frame begin a new segment, because the last one is to be moved or dropped. */
  endSegment(): void {
    this.hasEnded = true;
    if (this.file !== undefined) this.dirtyFiles.retire(this.file);
    this.file = undefined;
  }

  /** Begins a new segment file. Throws what the file system throws; the partition is then as before. */
  beginSegment(): void {
    const { fileSystem, seed } = this.context;
    const baseOffset = this.flushedOffset;
    fileSystem.makeDirectory(this.folder);
    const header = encodeFileHeader(
      { kind: 'segment', partitionId: this.id, baseOffset, previous: this.lastChecksum, epoch: this.epoch },
      seed,
    );
    const segment = this.addSegment(baseOffset);
    const file = new WriteFile(fileSystem, segment.file.path, 0);
    try {
      file.append(header, 0, header.length);
    } catch (error) {
      this.segments.pop();
      file.close();
      this.removeUnfinished(segment.file.path);
      throw error;
    }
    if (this.file !== undefined) this.dirtyFiles.retire(this.file);
    this.file = file;
    this.hasEnded = false;
    this.dirtyFiles.addDirectory(this.folder);
    if (this.segments.length === 1) this.addParents();
    this.flushedOffset += header.length;
  }

  /** Removes a segment whose header could not be written. */
  private removeUnfinished(path: string): void {
    try {
      this.context.fileSystem.remove(path);
    } catch {
      // The next attempt writes to the same file, and recovery removes what has no header.
    }
  }

  /** The name of a new folder must become durable too, and perhaps that of the folder above it. */
  private addParents(): void {
    const { dataDirectory } = this.context;
    this.dirtyFiles.addDirectory(`${dataDirectory}/${fileNames.partitions}`);
    this.dirtyFiles.addDirectory(dataDirectory);
  }

  /** Throws `PARTITION_FULL` when frames of this total size, in a new segment, would end past what can be addressed. */
  assertTakes(frameBytes: number): void {
    const end = this.flushedOffset + this.buffer.length + fileHeaderBytes + frameBytes;
    if (end <= maxPartitionBytes) return;
    throw new VarveError('PARTITION_FULL', `The partition ${this.folder} has no room for ${frameBytes} more bytes.`, {
      path: this.folder,
      expected: maxPartitionBytes,
      found: end,
      hint: 'Nothing was committed. Spread the events over more partitions, in a store with another partitioner.',
    });
  }

  /** Builds a frame in the buffer and returns its offset in the partition. Nothing here can fail. */
  append(fields: FrameFields, body: FrameBody, frameBytes: number): number {
    this.makeRoom(frameBytes);
    const { bytes, view, length: at } = this.buffer;
    fields.previous = this.lastChecksum;
    fields.uncompressedBytes = body.uncompressedBytes ?? 0;
    let offset = writeFrameHeader(bytes, at, fields, body.payloadLengths, frameBytes);
    if (body.metadata.length > 0) {
      bytes.set(body.metadata, offset);
      offset += body.metadata.length;
    }
    copyBytes(body.bytes, body.start, body.end, bytes, offset);
    this.lastChecksum = sealFrame(bytes, at, frameBytes, this.context.seed, view);
    this.buffer.length = at + frameBytes;
    return this.flushedOffset + at;
  }

  /** Writes what is buffered. A failure leaves the file at its last good length. */
  flush(): void {
    const { bytes, length } = this.buffer;
    if (length === 0) return;
    this.file!.append(bytes, 0, length);
    this.dirtyFiles.appended(this.file!, { partitionId: this.id, offset: this.flushedOffset, bytes, length });
    this.flushedOffset += length;
    this.buffer.length = 0;
    this.buffer.generation++;
  }

  override tryRead(offset: number, cursor: FrameCursor): FrameCheck {
    if (offset < this.flushedOffset) return super.tryRead(offset, cursor);
    const { buffer } = this;
    return cursor.take(buffer, offset - this.flushedOffset, offset, this.context.seed);
  }

  /** Releases the memory of the buffer, if that is empty. */
  releaseBuffer(): void {
    if (this.buffer.length === 0) this.buffer = new Block(new Uint8Array(0));
  }

  close(): void {
    this.file?.close();
  }

  private makeRoom(frameBytes: number): void {
    const needed = this.buffer.length + frameBytes;
    if (needed <= this.buffer.bytes.length) return;
    const sizeBytes = Math.max(needed, this.buffer.bytes.length * 2, minBufferBytes);
    const larger = new Block(Buffer.allocUnsafeSlow(sizeBytes));
    larger.bytes.set(this.buffer.bytes.subarray(0, this.buffer.length));
    larger.length = this.buffer.length;
    // Views into the old buffer stay valid: nothing is written to it any more.
    this.buffer = larger;
  }
}

function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): void {
  // Buffer's `copy` takes a range without creating a view of it, which is half the cost for small payloads.
  if (source instanceof Buffer) source.copy(target, offset, start, end);
  else target.set(source.subarray(start, end), offset);
}
