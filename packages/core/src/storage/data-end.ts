/**
 * How far the files of a store reach without a gap. On the writer's machine they reach as far as the head says. In a copy
 * in progress, each file is from another moment, or missing: the last event that the head promises may be there while one
 * before it is missing. Any process may use it.
 *
 * Files grow at their ends, so it is enough to know their sizes, and to check the last frame of each partition. Entries of
 * the position index have no checksum: a wrong one must not end the store before it. Reading its event gives an error.
 */
import type { FileSystem } from '../file-system/file-system.ts';
import type { EventReader } from './event-reader.ts';
import type { NamedEntry, ReadableCatalog } from './readable-catalog.ts';
import type { ReadablePartition } from './readable-partition.ts';
import type { SegmentRecords } from './segment-records.ts';
import type { FrameLocation, ReadablePositionIndex } from './readable-position-index.ts';

/**
 * Stores with more partitions are examined only when they are declared to be copies: each partition costs a look into its
 * folder, and beside its writer, a store that has its last event has all of them.
 */
const maxPartitionsToLookInto = 64;

/** The files of a store, and a reader to examine them with. */
export interface StoreFiles {
  readonly fileSystem: FileSystem;
  /** Records what was dropped, which is not looked for. */
  readonly segmentRecords: SegmentRecords;
  readonly positions: ReadablePositionIndex;
  readonly catalog: Pick<ReadableCatalog, 'partitionCount' | 'partitions' | 'epochs'>;
  partition(id: number): ReadablePartition | undefined;
  readonly reader: EventReader;
  readonly isReplica: boolean;
  /**
   * Whether the catalog has everything that the head says it has: a partition that it does not know then does not
   * exist.
   */
  readonly isCatalogComplete: boolean;
}

/** The end of the last commit, at or before `promised`, that is present together with all those before it. */
export function findDataEnd(files: StoreFiles, promised: number): number {
  const indexed = Math.min(promised, files.positions.countConsecutive());
  const { partitionCount } = files.catalog;
  if (partitionCount === 1) return endOfCommit(files, lastInOnePartition(files, indexed), promised);
  const isTrusted = partitionCount > maxPartitionsToLookInto && !files.isReplica && files.reader.trySeek(indexed);
  return endOfCommit(files, isTrusted ? indexed : lastInPartitions(files, indexed), promised);
}

/**
 * The end of the data, or the earlier place where a part of a previous history begins that an epoch cut off: a copy that
 * only appends keeps such a part. Looks at the first event of each epoch.
 */
export function endBeforeSeam(files: StoreFiles, end: number, upTo: number): number {
  const { reader, catalog, segmentRecords } = files;
  for (const { after } of catalog.epochs.seamsBefore(end, upTo)) {
    if (after < segmentRecords.firstPosition || isArchived(files, after + 1)) continue;
    if (!reader.trySeek(after + 1)) return after;
    const { previous } = reader.frame;
    if (catalog.partitionCount === 1 && reader.trySeek(after) && reader.frame.checksum !== previous) return after;
  }
  return end;
}

/** Archived frames were intact, and the archive need not be there. */
function isArchived(files: StoreFiles, position: number): boolean {
  const location = { partitionId: 0, offset: 0 };
  if (!files.positions.locate(position, location)) return false;
  return files.partition(location.partitionId)?.isArchivedAt(location.offset) === true;
}

/** In one partition offsets ascend with positions. */
function lastInOnePartition(files: StoreFiles, indexed: number): number {
  const { reader, positions } = files;
  const [{ id }] = [...files.catalog.partitions()] as [NamedEntry];
  const partition = files.partition(id);
  if (partition === undefined) return 0;
  const location = { partitionId: 0, offset: 0 };
  const end = endOfSegments(files.fileSystem, partition);
  // Nearly always nothing is missing.
  const isLastThere = indexed > 0 && positions.locate(indexed, location) && location.offset < end;
  if (isLastThere && reader.trySeek(indexed)) return indexed;
  let last = lastBefore(positions, indexed, end, location);
  // If its frame is cut off, or its entry is wrong, the frame before it is tried.
  while (last >= files.segmentRecords.firstPosition && !reader.trySeek(last)) last = frameBefore(positions, last);
  return last;
}

/** The last position up to `last` whose frame begins before the offset `end`. */
function lastBefore(positions: ReadablePositionIndex, last: number, end: number, location: FrameLocation): number {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (positions.locate(middle, location) && location.offset < end) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How far a partition reaches, and the last event found in it. */
interface PartitionReach {
  readonly partition: ReadablePartition | undefined;
  readonly offset: number;
  lastPosition: number;
  lastOffset: number;
}

/** In several partitions the first missing event may be anywhere. */
function lastInPartitions(files: StoreFiles, indexed: number): number {
  for (let upTo = indexed; ;) {
    const { last, ends } = lastBySizes(files, upTo);
    const cut = [...ends.values()].find((end) => !isWhole(files, end));
    if (cut === undefined) return last;
    upTo = frameBefore(files.positions, cut.lastPosition);
  }
}

/** The last position up to `upTo` before which no file ends too early, and what each partition has up to there. */
function lastBySizes(files: StoreFiles, upTo: number): { last: number; ends: ReadonlyMap<number, PartitionReach> } {
  const { fileSystem, positions } = files;
  const ends = new Map<number, PartitionReach>();
  const location = { partitionId: 0, offset: 0 };
  let last = files.segmentRecords.firstPosition - 1;
  for (; last < upTo && positions.locate(last + 1, location); last++) {
    let end = ends.get(location.partitionId);
    if (end === undefined) {
      const partition = files.partition(location.partitionId);
      const offset = partition === undefined ? 0 : endOfSegments(fileSystem, partition);
      end = { partition, offset, lastPosition: 0, lastOffset: 0 };
      ends.set(location.partitionId, end);
    }
    if (location.offset < end.offset) {
      end.lastPosition = last + 1;
      end.lastOffset = location.offset;
    } else if (!isWrong(files, { position: last + 1, ...location }, { upTo, end })) {
      break;
    }
  }
  return { last, ends };
}

/** Whether the last frame found in the partition is intact. Archived frames were, and need not be there. */
function isWhole({ reader }: StoreFiles, { partition, lastPosition, lastOffset }: PartitionReach): boolean {
  return lastPosition === 0 || partition?.isArchivedAt(lastOffset) === true || reader.trySeek(lastPosition);
}

/** The last position before `position` with another entry: events of one frame have the same entry. */
function frameBefore(positions: ReadablePositionIndex, position: number): number {
  const location = { partitionId: 0, offset: 0 };
  positions.locate(position, location);
  const { partitionId, offset } = location;
  let before = position;
  do before--;
  while (
    before > 0 &&
    positions.locate(before, location) &&
    location.partitionId === partitionId &&
    location.offset === offset
  );
  return before;
}

/**
 * Whether an index entry that leads beyond the end of its partition is wrong: there is no such partition, or a later
 * entry leads to a place before that end, although offsets ascend with positions.
 */
function isWrong(
  files: StoreFiles,
  entry: FrameLocation & { readonly position: number },
  { upTo, end }: { readonly upTo: number; readonly end: PartitionReach },
): boolean {
  const { positions, isCatalogComplete, isReplica } = files;
  if (isReplica) return false;
  if (end.partition === undefined) return isCatalogComplete && files.partition(entry.partitionId) === undefined;
  const later = { partitionId: 0, offset: 0 };
  for (let position = entry.position + 1; position <= upTo && positions.locate(position, later); position++) {
    if (later.partitionId === entry.partitionId && later.offset < end.offset) return true;
  }
  return false;
}

/** Offset in the partition up to which its segments follow each other without a gap. */
function endOfSegments(fileSystem: FileSystem, partition: ReadablePartition): number {
  let end = partition.beginningOffset;
  const { segmentList } = partition;
  for (const [index, { baseOffset, file, archived }] of segmentList.entries()) {
    if (baseOffset !== end) break;
    if (archived !== undefined) end = archived.to;
    else end += fileSystem.stat(file.path)?.sizeBytes ?? 0;
    // Bytes of a file beyond the beginning of the next one mean nothing, and are no gap.
    end = Math.min(end, segmentList[index + 1]?.baseOffset ?? Infinity);
  }
  return end;
}

/** The promised position ends a commit; at an earlier end, a part of a commit does not count. */
function endOfCommit({ reader }: StoreFiles, last: number, promised: number): number {
  if (last === promised) return last;
  const { frame } = reader;
  if (last === 0 || !reader.trySeek(last)) return 0;
  return frame.endsCommit && frame.lastPosition === last ? last : frame.commitPosition - 1;
}
