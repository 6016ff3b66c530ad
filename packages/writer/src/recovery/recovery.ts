/**
 * Puts the files of a store in order after a crash, before the writer appends: finds the last whole commit, cuts off everything
 * after it, and rebuilds the position index. Runs under the writer's lock.
 *
 * Invariants: nothing at or before the durable position is ever cut; a bad frame with a good one after it is never cut
 * silently; bytes that are cut are kept in the folder `recovered`; running it again changes nothing.
 */
import { CorruptionError } from '@varve/core';
import {
  fileHeaderBytes,
  fileNames,
  FrameCursor,
  type FrameView,
  type Head,
  type StoreContext,
} from '@varve/core/internal';
import type { WritableCatalog } from '../writable-catalog.ts';
import type { PartitionEnd } from '../writable-partition.ts';
import { cutPartition, findWholeFrame } from './cut.ts';
import { FrameWalker, walkStartAfter } from './frame-walker.ts';
import type { RecoveryFiles } from './recovery-files.ts';
import { rewrite } from './rewrite.ts';

export interface RecoveryInput {
  readonly files: RecoveryFiles;
  readonly head: Head;
  /** Position up to which everything was durable according to a damaged redo log; 0 when it says nothing. */
  readonly promisedByRedo: number;
  /** Whether the catalog has the structures that the frame needs. */
  readonly isReadable: (frame: FrameView) => boolean;
  /** Whether bytes after the durable position may be cut although good frames follow bad ones. */
  readonly mayCutAtFault: boolean;
}

export interface RecoveryResult {
  /** Position of the last event of the last whole commit. */
  readonly position: number;
  /** The highest epoch in a frame, and the latest clock. */
  readonly epoch: number;
  readonly clockUs: number;
  readonly ends: ReadonlyMap<number, PartitionEnd>;
}

/** Index entries that are collected before they are written. */
const entriesPerFlush = 65_536;

interface Walk {
  readonly walker: FrameWalker;
  readonly startOffset: number;
  /** The end of the last frame that belongs to a whole commit. */
  end: PartitionEnd;
}

export function recover(input: RecoveryInput): RecoveryResult {
  const { walks, mark, last } = startWalks(input);
  const found = acceptCommits(input, walks, last);
  if (found.position < input.head.durable) throw lostDurable(input, walks, found.position);
  if (found.position < input.promisedByRedo) throw lostWithRedo(input, found.position);
  const faulty = walks.filter(({ walker }) => walker.end !== undefined && walker.end !== 'end');
  const lost = findLostPositions(input.files, faulty, mark);
  for (const walk of faulty) assertCutIsTornTail(input, walk, lost.get(walk.walker.partition.id));
  for (const walk of walks) {
    cutPartition(input.files.context, walk.walker.partition, walk.end.offset);
    makeDurable(input, walk);
  }
  input.files.setOrphansAside();
  rewriteCatalog(input.files);
  syncPartitionNames(input.files.context);
  const ends = new Map(walks.map((walk) => [walk.walker.partition.id, walk.end]));
  return { ...found, ends };
}

/** The end of the part that need not be walked. */
interface Mark {
  readonly position: number;
  readonly epoch: number;
  readonly clockUs: number;
}

/**
 * Begins after the last position up to which the medium had frames and index, if its entry proves right. Frames after it are
 * walked, and their entries rebuilt.
 */
function startWalks({ files, head }: RecoveryInput): { walks: Walk[]; mark: number; last: Mark } {
  const cursor = new FrameCursor();
  const location = { partitionId: 0, offset: 0 };
  const trusted = Math.min(head.indexed, head.durable, head.visible, files.positions.countConsecutive());
  const { segmentRecords } = files.context;
  // Dropped events were durable, and are not looked for.
  const dropped = segmentRecords.firstPosition - 1;
  const isTrusted = trusted > dropped && files.readCommitEndingAt(trusted, cursor, location);
  const mark = isTrusted ? trusted : dropped;
  const { epoch, clockUs } = isTrusted
    ? cursor.view
    : { epoch: segmentRecords.droppedEpochAt(dropped) ?? 0, clockUs: 0 };
  const walks = files.partitions().map((partition) => {
    const isMarked = isTrusted && partition.id === location.partitionId;
    const start = isMarked
      ? { offset: location.offset + cursor.view.sizeBytes, previous: cursor.view.checksum, isAfterEvents: true }
      : walkStartAfter(files.context, partition, mark);
    const end = { offset: start.offset, lastChecksum: start.previous };
    return { walker: new FrameWalker(files.context, partition, start), startOffset: start.offset, end };
  });
  return { walks, mark, last: { position: mark, epoch, clockUs } };
}

/** Adds whole commits to the index in the order of their positions, until one is missing or not whole. */
function acceptCommits(input: RecoveryInput, walks: Walk[], last: Mark): Omit<RecoveryResult, 'ends'> {
  const { head } = input;
  const covered = coveredByCatalog(input);
  const { positions, catalog } = input.files;
  const mark = last.position;
  positions.startAt(mark);
  const byPosition = new Map<number, Walk>();
  for (const walk of walks) advance(walk, mark, byPosition);
  let { position, epoch, clockUs } = last;
  let commit: { readonly walk: Walk; readonly offset: number; readonly count: number; readonly end: PartitionEnd }[] =
    [];
  let expected = mark + 1;
  for (let walk = byPosition.get(expected); walk !== undefined; walk = byPosition.get(expected)) {
    byPosition.delete(expected);
    const { frame, cursor, nextOffset } = walk.walker;
    const isNextOfCommit = frame.commitPosition === position + 1;
    if (!isNextOfCommit || frame.epoch < epoch || !knowsIndexes(frame, catalog)) break;
    if (frame.lastPosition > covered && !input.isReadable(frame)) break;
    const end = { offset: nextOffset, lastChecksum: frame.checksum };
    commit.push({ walk, offset: cursor.offset, count: frame.count, end });
    expected = frame.lastPosition + 1;
    epoch = frame.epoch;
    clockUs = frame.clockUs;
    if (frame.endsCommit) {
      for (const part of commit) {
        for (let left = part.count; left > 0; left--) positions.append(part.walk.walker.partition.id, part.offset);
        part.walk.end = part.end;
      }
      if (positions.pendingEntries >= entriesPerFlush) positions.flush();
      commit = [];
      position = expected - 1;
    }
    advance(walk, mark, byPosition);
  }
  return { position, epoch: Math.max(epoch, head.epoch), clockUs: Math.max(clockUs, head.clockUs) };
}

/**
 * The position up to which the catalog certainly has what frames need: as the head says, and where the catalog's newest epoch
 * began. In a copy of a live store, later frames may be newer than the catalog.
 */
function coveredByCatalog({ files: { catalog }, head }: RecoveryInput): number {
  return Math.max(catalog.sizeBytes >= head.catalogBytes ? head.visible : 0, catalog.epochs.newestStart);
}

/** Whether the catalog has the stream and the derived indexes of the frame: ids whose records were lost are assigned again. */
function knowsIndexes(frame: FrameView, catalog: WritableCatalog): boolean {
  let isKnown = catalog.stream(frame.streamId) !== undefined;
  frame.forEachLink((_, indexId) => {
    if (indexId >= catalog.nextStreamId) isKnown = false;
  });
  return isKnown;
}

/** Goes to the walk's next frame after `mark`; frames up to it are in the index already. */
function advance(walk: Walk, mark: number, byPosition: Map<number, Walk>): void {
  const { walker } = walk;
  while (walker.next()) {
    if (walker.frame.lastPosition > mark) {
      byPosition.set(walker.frame.position, walk);
      return;
    }
    walk.end = { offset: walker.nextOffset, lastChecksum: walker.frame.checksum };
  }
}

/**
 * Refuses to cut at a fault that is followed by a good frame, or where the cut would take the event at `lost`, which was
 * durable: that is damage, not a crash in the middle of a write.
 */
function assertCutIsTornTail(input: RecoveryInput, walk: Walk, lost: number | undefined): void {
  const { walker } = walk;
  if (lost !== undefined) throw lostDurable(input, [walk], lost - 1);
  if (input.mayCutAtFault) return;
  // Files reach the medium one by one: of two segments that were not synced yet, a power cut may leave the later one, and less
  // of the one before. A file that ends early has no bad frame; the head says what was durable.
  const isTornSegment = input.head.sequence > 0 && walker.isSegmentShort;
  const isGoodItself = walker.end === 'chain' || walker.end === 'kind' || walker.end === 'fields';
  const good = isGoodItself
    ? walker.nextOffset
    : findWholeFrame(input.files.context, walker.partition, walker.nextOffset, !isTornSegment);
  if (good !== undefined) throw faultBeforeGoodFrame(walk, good);
}

/**
 * By partition, the last position up to `mark`, where everything was durable, if its frame would be cut off. One pass over the
 * index for all partitions: a new partition has no position there, which only a full pass can show.
 */
function findLostPositions(files: RecoveryFiles, walks: readonly Walk[], mark: number): Map<number, number> {
  const { positions, context } = files;
  const ends = new Map(walks.map(({ walker, end }) => [walker.partition.id, end.offset]));
  const lost = new Map<number, number>();
  const location = { partitionId: 0, offset: 0 };
  for (let position = mark; position >= context.segmentRecords.firstPosition && ends.size > 0; position--) {
    if (!positions.locate(position, location)) continue;
    const { partitionId, offset } = location;
    const end = ends.get(partitionId);
    if (end === undefined) continue;
    if (offset >= end) lost.set(partitionId, position);
    ends.delete(partitionId);
  }
  return lost;
}

/** Makes durable what recovery found after the durable position: it counts as durable from now on. */
function makeDurable({ files: { context }, head }: RecoveryInput, { walker, startOffset }: Walk): void {
  const { fileSystem } = context;
  const { partition } = walker;
  const offset = Math.max(startOffset, walkStartAfter(context, partition, head.durable).offset);
  const first = partition.segmentList.findLastIndex((segment) => segment.baseOffset <= offset);
  for (const { baseOffset, file, archived } of partition.segmentList.slice(Math.max(0, first))) {
    // Archived segments were durable when they were moved.
    if (archived !== undefined) continue;
    const from = offset - baseOffset;
    // Without a head nobody knows how much of the store has long been durable: it is synced, but not written again.
    if (head.sequence === 0) rewrite(fileSystem, file.path, Infinity);
    else rewrite(fileSystem, file.path, from <= fileHeaderBytes ? 0 : from);
  }
  if (fileSystem.stat(partition.folder) !== undefined) fileSystem.syncDirectory(partition.folder);
}

function rewriteCatalog({ context: { fileSystem }, catalog }: RecoveryFiles): void {
  if (fileSystem.stat(catalog.path) !== undefined) rewrite(fileSystem, catalog.path, 0);
}

/** The writer that died may have created folders whose names it did not get to sync. */
function syncPartitionNames({ fileSystem, directory, dataDirectory }: StoreContext): void {
  const folders = [fileNames.partitions, fileNames.recovered].map((name) => `${dataDirectory}/${name}`);
  for (const path of new Set([...folders, `${directory}/${fileNames.recovered}`, dataDirectory, directory])) {
    if (fileSystem.stat(path) !== undefined) fileSystem.syncDirectory(path);
  }
}

function faultBeforeGoodFrame({ walker }: Walk, goodOffset: number): CorruptionError {
  const { partition } = walker;
  const segment = partition.segmentList.findLast((candidate) => candidate.baseOffset <= walker.nextOffset);
  const path = segment?.file.path ?? partition.folder;
  const offset = walker.nextOffset - (segment?.baseOffset ?? 0);
  return new CorruptionError(
    `The frame at byte ${offset} of ${path} is damaged (${String(walker.end)}), and a whole frame follows it, ` +
      `at offset ${goodOffset} of the partition.`,
    {
      path,
      offset,
      hint:
        'This is no torn tail, so nothing was cut off. Restore the file from a replica, or open the store with ' +
        '`lock: LOCK_RECLAIM` to cut it there; the bytes that are cut off are kept in the folder "recovered".',
    },
  );
}

function lostDurable(input: RecoveryInput, walks: Walk[], position: number): CorruptionError {
  const { head, files } = input;
  const faulty = walks.find(({ walker }) => walker.end !== undefined && walker.end !== 'end') ?? walks[0];
  const segment = faulty?.walker.partition.segmentList.findLast((each) => each.baseOffset <= faulty.walker.nextOffset);
  const path = segment?.file.path ?? files.context.directory;
  const offset = (faulty?.walker.nextOffset ?? 0) - (segment?.baseOffset ?? 0);
  return new CorruptionError(
    `The events from position ${position + 1} on cannot be read (${faulty?.walker.end ?? 'no partition'} at byte ` +
      `${offset} of ${path}), although the store was durable up to position ${head.durable}.`,
    {
      path,
      offset,
      position: position + 1,
      expected: head.durable,
      found: position,
      hint: 'Nothing was cut off. Restore the file from a replica or backup.',
    },
  );
}

function lostWithRedo({ files: { context }, promisedByRedo }: RecoveryInput, position: number): CorruptionError {
  const path = `${context.directory}/${fileNames.redo}`;
  return new CorruptionError(
    `The events from position ${position + 1} to ${promisedByRedo} were durable in ${path}, which is damaged.`,
    {
      path,
      position: position + 1,
      expected: promisedByRedo,
      found: position,
      hint: 'Nothing was cut off. Restore the store from a replica or backup; or remove that file, which gives these events up.',
    },
  );
}
