/**
 * Cuts a partition back, and keeps what is cut off; looks for whole frames in damaged bytes.
 */
import {
  FrameView,
  frameKind,
  frameLayout,
  minFrameBytes,
  type StoreContext,
  type ReadablePartition,
  readFrameLength,
  readFully,
  readWholeFile,
  type Segment,
} from '@varve/core/internal';
import { keepRecovered, truncateDurably } from './recovered-folder.ts';

/** Bytes searched at a time. */
const windowBytes = 1_048_576;

/** Removes everything from `offset` on, after copying it to the folder `recovered`. */
export function cutPartition(context: StoreContext, partition: ReadablePartition, offset: number): void {
  for (const segment of partition.segmentList.toReversed()) {
    const sizeBytes = context.fileSystem.stat(segment.file.path)?.sizeBytes ?? 0;
    const keep = offset - segment.baseOffset;
    // A file of which nothing stays is removed even when it is empty: it lacks its header.
    if (keep > 0 && keep >= sizeBytes) break;
    context.cache.forget(segment.file);
    keepBytes(context, partition, segment, Math.max(0, keep));
    if (keep > 0) truncateDurably(context.fileSystem, segment.file.path, keep);
    else context.fileSystem.remove(segment.file.path);
  }
  partition.forgetCached();
}

/** Offset of the first whole frame after `offset`, in the same segment or, with `inLaterSegments`, in any later one. */
export function findWholeFrame(
  context: StoreContext,
  partition: ReadablePartition,
  offset: number,
  inLaterSegments: boolean,
): number | undefined {
  const { segmentList } = partition;
  const first = Math.max(
    0,
    segmentList.findLastIndex((segment) => segment.baseOffset <= offset),
  );
  for (const segment of segmentList.slice(first, inLaterSegments ? undefined : first + 1)) {
    const sizeBytes = context.fileSystem.stat(segment.file.path)?.sizeBytes ?? 0;
    const from = Math.max(0, offset + 1 - segment.baseOffset);
    const found = from < sizeBytes ? findInSegment(context, segment, from, sizeBytes) : undefined;
    if (found !== undefined) return segment.baseOffset + found;
  }
  return undefined;
}

function findInSegment(context: StoreContext, segment: Segment, from: number, sizeBytes: number): number | undefined {
  const view = new FrameView();
  const file = context.pool.open(segment.file.path);
  for (let start = from; start + minFrameBytes <= sizeBytes; start += windowBytes) {
    const bytes = new Uint8Array(Math.min(sizeBytes - start, windowBytes + minFrameBytes));
    readFully(file, bytes, 0, bytes.length, start);
    for (let at = 0; at < Math.min(windowBytes, bytes.length - minFrameBytes + 1); at++) {
      // The cheap test before the checksum.
      if (bytes[at + frameLayout.kind] !== frameKind) continue;
      if (isWholeFrame(context, segment, view, start + at, sizeBytes)) return start + at;
    }
  }
  return undefined;
}

function isWholeFrame(
  context: StoreContext,
  segment: Segment,
  view: FrameView,
  at: number,
  sizeBytes: number,
): boolean {
  const file = context.pool.open(segment.file.path);
  const header = new Uint8Array(minFrameBytes);
  readFully(file, header, 0, minFrameBytes, at);
  // Compared with the size of the file before anything is allocated, because these bytes are arbitrary.
  const length = readFrameLength(header, 0);
  if (length < minFrameBytes || at + length > sizeBytes) return false;
  const bytes = new Uint8Array(length);
  readFully(file, bytes, 0, length, at);
  return view.parse(bytes, 0, length, context.seed) === 'whole';
}

function keepBytes(
  { fileSystem, dataDirectory }: StoreContext,
  partition: ReadablePartition,
  segment: Segment,
  from: number,
): void {
  const bytes = readWholeFile(fileSystem, segment.file.path)?.subarray(from);
  if (bytes === undefined || bytes.length === 0) return;
  const folder = partition.folder.slice(partition.folder.lastIndexOf('/') + 1);
  keepRecovered(fileSystem, dataDirectory, `${folder}-${segment.baseOffset + from}`, bytes);
}
