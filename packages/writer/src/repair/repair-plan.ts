/**
 * What a repair would do: where the undamaged beginning of a store ends, in each partition and in the catalog. Reads only.
 *
 * Neither positions nor the versions of a stream have gaps: so what is kept is the longest prefix of whole commits.
 */
import { hasErrorCode, type VerifyResult } from '@varve/core';
import {
  type CatalogSurvey,
  type CheckFiles,
  fileNames,
  type FrameView,
  knowsStructures,
  openCheckFiles,
  partedVersion,
  ReadablePartition,
  type StoreSurvey,
  surveyCatalog,
  withoutStop,
} from '@varve/core/internal';
import { walkStartAfter } from '../recovery/frame-walker.ts';
import { cutFrom } from '../recovery/recover-catalog.ts';
import { FramesInOrder } from '../reindex/frames-in-order.ts';
import { refused } from './refused.ts';
import { ShortenedIndexes } from './shortened-indexes.ts';

export interface PartitionCut {
  readonly partition: ReadablePartition;
  /** Offset of the end of the last frame that stays. */
  readonly offset: number;
}

export interface RepairPlan {
  readonly files: CheckFiles;
  /** Position of the last event that stays. */
  readonly lastPosition: number;
  /** Bytes of the catalog that stay. */
  readonly catalogBytes: number;
  readonly cuts: readonly PartitionCut[];
  readonly indexes: ShortenedIndexes;
}

/** Throws `REPAIR_REFUSED` when the cut would lose more than what comes after the damage. */
export function planRepair(survey: StoreSurvey, result: VerifyResult): RepairPlan {
  const { store, files: found } = survey;
  const { fileSystem, seed } = found.context;
  const until = survey.catalog.sizeBytes;
  const catalog = surveyCatalog(fileSystem, store.directory, seed, { until, sumsAt: [], stopAtDamage: true });
  if (catalog.segmentRecords.length < survey.catalog.segmentRecords.length) {
    throw refused(store.directory, 'the damaged part of the catalog says which segments were archived or dropped');
  }
  const { partitions, structures, nextId } = catalog;
  const files = openCheckFiles(fileSystem, { ...store, nextId, structures });
  const mayBeParted = store.description.version === partedVersion && result.missing.length > 0;
  if (mayBeParted && mayLackRecords(survey, catalog, files)) {
    throw refused(store.directory, 'what is lost of the catalog may say which segments were archived or dropped');
  }
  const { lastPosition, ends } = findEnd(files, catalog, survey);
  assertWorthIt(survey, result, catalog, lastPosition);
  const cuts = [...partitions].map(([id, name]) => {
    const partition = new ReadablePartition(files.context, id, name);
    const offset = ends.get(id) ?? startOf(files, partition);
    const archived = partition.segmentList.findLast((segment) => segment.archived !== undefined)?.archived;
    if (archived !== undefined && archived.lastPosition > lastPosition) {
      throw refused(
        store.directory,
        `events after position ${lastPosition} are in an archive, which a repair does not touch`,
      );
    }
    return { partition, offset };
  });
  const indexes = new ShortenedIndexes(survey);
  return { files, lastPosition, catalogBytes: catalog.wholeBytes, cuts: inOrder(cuts, files, survey), indexes };
}

/**
 * Whether the catalog may have lost records that say where events are. Without a head, nobody knows how long the catalog was:
 * then a partition that lacks its beginning shows the loss.
 */
function mayLackRecords(survey: StoreSurvey, { partitions }: CatalogSurvey, { context }: CheckFiles): boolean {
  if (survey.catalog.findings.length > 0) return !wasCutBefore(survey);
  if (survey.head !== undefined) return false;
  return [...partitions].some(([id, name]) => {
    const [first] = new ReadablePartition(context, id, name).segmentList;
    return first !== undefined && first.baseOffset > context.segmentRecords.beginningOf(id).offset;
  });
}

/**
 * Whether a repair that was killed has cut the catalog. It made this check before it did, and what is missing now is what it
 * cut off itself: the bytes that the head still promises are in the folder `recovered`.
 */
function wasCutBefore({ store, files, catalog, head }: StoreSurvey): boolean {
  const { fileSystem } = files.context;
  const folder = `${store.directory}/${fileNames.recovered}`;
  return (fileSystem.list(folder) ?? []).some((name) => {
    const from = cutFrom(name);
    if (from === undefined || from > catalog.sizeBytes || head === undefined) return false;
    return from + (fileSystem.stat(`${folder}/${name}`)?.sizeBytes ?? 0) >= head.catalogBytes;
  });
}

/** Where to cut a partition of which no event stays. */
function startOf({ context }: CheckFiles, partition: ReadablePartition): number {
  const { offset } = context.segmentRecords.beginningOf(partition.id);
  const [first] = partition.segmentList;
  // What comes after missing segments follows nothing.
  if (first !== undefined && first.baseOffset > offset) return offset;
  return walkStartAfter(context, partition, context.segmentRecords.firstPosition - 1).offset;
}

interface End {
  readonly lastPosition: number;
  /** By partition: where the last frame that stays ends. */
  readonly ends: ReadonlyMap<number, number>;
}

/** Goes through the frames until one is missing, not whole, of another history, or needs something that the catalog lacks. */
function findEnd(files: CheckFiles, catalog: CatalogSurvey, survey: StoreSurvey): End {
  const { context, history } = files;
  let lastPosition = context.segmentRecords.firstPosition - 1;
  const ends = new Map<number, number>();
  let commit: { readonly id: number; readonly end: number }[] = [];
  // A catalog that ends between two records looks whole. Without a head, nobody knows what it should have.
  const mayLack = survey.catalog.findings.length > 0 || survey.head === undefined;
  const isKnown = mayLack ? knownTo(files) : () => true;
  const partitions = [...catalog.partitions].map(([id, name]) => ({ id, name, metadata: undefined }));
  const frames = new FramesInOrder(context, partitions, lastPosition);
  for (let reached = lastPosition; reached < survey.promised;) {
    try {
      frames.next();
    } catch (error) {
      if (hasErrorCode(error, 'CORRUPTION')) break;
      throw error;
    }
    const { frame, partitionId, offset } = frames;
    const isNext = frame.commitPosition === lastPosition + 1 && history.has(frame.position, frame.epoch);
    if (!isNext || !refersToKnown(frame, files.store.nextId) || !isKnown(frame)) break;
    reached = frame.lastPosition;
    commit.push({ id: partitionId, end: offset + frame.sizeBytes });
    if (!frame.endsCommit) continue;
    for (const { id, end } of commit) ends.set(id, end);
    commit = [];
    lastPosition = reached;
  }
  return { lastPosition, ends };
}

function refersToKnown(frame: FrameView, nextId: number): boolean {
  let isKnown = frame.streamId < nextId;
  frame.forEachLink((_, indexId) => (isKnown &&= indexId < nextId));
  return isKnown;
}

/** Whether what is left of the catalog has all structures that a frame needs: lost ones get new meanings. */
function knownTo({ store: { description, directory, structures } }: CheckFiles): (frame: FrameView) => boolean {
  return knowsStructures({ description, directory, structures: () => structures });
}

function assertWorthIt(survey: StoreSurvey, result: VerifyResult, catalog: CatalogSurvey, lastPosition: number): void {
  const { firstPosition } = survey.files.context.segmentRecords;
  if (lastPosition < firstPosition && survey.promised >= firstPosition) {
    throw refused(survey.store.directory, `nothing would be left of ${survey.promised} events`);
  }
  const isCut = lastPosition < survey.promised || catalog.wholeBytes < survey.catalog.sizeBytes;
  const worst = result.findings.find(({ harm }) => harm === 'events');
  if (isCut || worst === undefined) return;
  throw refused(survey.store.directory, `a repair does not mend this: ${withoutStop(worst.message)}`);
}

/** The partition with the last event comes first: without its frame, no writer treats the store as whole meanwhile. */
function inOrder(cuts: PartitionCut[], files: CheckFiles, { promised }: StoreSurvey): PartitionCut[] {
  const location = { partitionId: 0, offset: 0 };
  const isLocated = files.context.fileSystem.stat(files.context.indexDirectory) !== undefined && promised > 0;
  const last = isLocated && files.positions.locate(promised, location) ? location.partitionId : 0;
  return cuts.sort((left, right) => Number(right.partition.id === last) - Number(left.partition.id === last));
}
