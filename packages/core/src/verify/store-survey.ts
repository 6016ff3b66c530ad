/** What is known of a store before its frames are read: its description, how far it reaches, and which files it has. */
import { plainMessageOf, withoutStop } from '../error-data.ts';
import { VarveError } from '../errors.ts';
import { checksumSeed } from '../format/checksum.ts';
import { commitIdsFileName, fileNames, parseCommitIdsFileName, partitionFolderName } from '../format/file-names.ts';
import type { Head } from '../format/head.ts';
import type { StoreDescription } from '../format/store-file.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { findRuns, type RunName, runPath } from '../storage/find-runs.ts';
import { FrameCursor } from '../storage/frame-cursor.ts';
import { type CoveredRange, longestChain } from '../storage/longest-chain.ts';
import { ReadablePartition } from '../storage/readable-partition.ts';
import { findStore } from '../storage/store-description.ts';
import { findPlaces, placeFolder, readableOwnerOf, type StorePlaces } from '../storage/store-places.ts';
import { type CheckedStore, type CheckFiles, openCheckFiles } from './checked-store.ts';
import { DamageSearch } from './damage-search.ts';
import { type Finding, finding } from './finding.ts';
import { type CatalogSurvey, surveyCatalog, type SurveyOptions } from './survey-catalog.ts';
import { surveyHead } from './survey-head.ts';
import { nameIndexesIn } from './side-files.ts';

export interface PartitionName {
  readonly id: number;
  readonly name: string;
}

export interface StoreSurvey {
  readonly store: CheckedStore;
  readonly files: CheckFiles;
  readonly head: Head | undefined;
  readonly catalog: CatalogSurvey;
  readonly findings: readonly Finding[];
  readonly partitions: readonly PartitionName[];
  readonly backfills: readonly RunName[];
  readonly runs: readonly RunName[];
  /** The last promised position, which may be more than the files can hold. */
  readonly promised: number;
  readonly bytesTotal: number;
}

export interface SurveyInput {
  readonly fileSystem: FileSystem;
  readonly dataDirectory?: string;
  readonly indexDirectory?: string;
  readonly archiveDirectory?: string;
  readonly onStream?: SurveyOptions['onStream'];
}

/**
 * The description, or a text that says why `store.json` cannot be read. Throws `STORE_MISSING` where there is no store.
 */
export function describeStore(fileSystem: FileSystem, directory: string): StoreDescription | string {
  try {
    const description = findStore(fileSystem, directory);
    if (description !== undefined) return description;
  } catch (error) {
    if (error instanceof VarveError && error.code === 'NOT_A_STORE') return plainMessageOf(error);
    throw error;
  }
  const names = new Set(fileSystem.list(directory));
  if (names.has(fileNames.catalog) || names.has(fileNames.partitions)) return `${directory} has no store.json.`;
  throw new VarveError('STORE_MISSING', `There is no store in ${directory}.`, {
    path: directory,
    hint: 'Give the folder of a store: the storage directory, followed by the name of the store.',
  });
}

export function surveyStore(directory: string, description: StoreDescription, input: SurveyInput): StoreSurvey {
  const { fileSystem, archiveDirectory, onStream } = input;
  const places = placesOf(directory, description, input);
  const seed = checksumSeed(description.id);
  const folders = fileSystem.list(`${places.dataDirectory}/${fileNames.partitions}`) ?? [];
  const catalogBytes = fileSystem.stat(`${directory}/${fileNames.catalog}`)?.sizeBytes ?? 0;
  const { head, findings } = surveyHead(fileSystem, directory, seed, folders.length === 0 && catalogBytes === 0);
  const until = head?.catalogBytes ?? catalogBytes;
  const sumsAt = nameIndexesIn(fileSystem, places.indexDirectory);
  const catalog = surveyCatalog(fileSystem, directory, seed, { until, sumsAt, ...(onStream && { onStream }) });
  const partitions = partitionsOf(catalog, folders);
  const known: CheckedStore = {
    directory,
    ...places,
    archiveDirectory,
    description,
    visible: 0,
    highestEpoch: head?.epoch ?? Infinity,
    epochStarts: catalog.epochStarts,
    segmentRecords: catalog.segmentRecords,
    nextId: catalog.findings.length > 0 ? Infinity : catalog.nextId,
    derivedIds: catalog.derivedIds,
    structures: catalog.structures,
    mayLackStructures: head === undefined,
    runs: [],
    commitIds: [],
  };
  const found = withReach(fileSystem, known, head, catalog, partitions);
  const lost = commitIdsLost(found, head);
  return { ...found, head, catalog, findings: [...findings, ...catalog.findings, ...lost], partitions };
}

function commitIdsLost({ store, files }: Pick<StoreSurvey, 'store' | 'files'>, head: Head | undefined): Finding[] {
  const path = `${store.indexDirectory}/${fileNames.commitIds}`;
  const { firstPosition } = files.context.segmentRecords;
  // A store that dropped events has these files even if no caller gave an id.
  if ((store.commitIds.at(-1)?.last ?? 0) + 1 < firstPosition) {
    const message = `The commit ids in ${path} do not cover the events before position ${firstPosition}, which were dropped.`;
    return [finding('DROPPED_INDEX', { path }, message)];
  }
  if (head?.hasCommitIds !== true || store.commitIds.length > 0) return [];
  return [finding('COMMIT_IDS', { path }, `The head says that there are commit ids, and ${path} has none.`)];
}

/** Finds how far the store reaches, and thereby which index files count. */
function withReach(
  fileSystem: FileSystem,
  known: CheckedStore,
  head: Head | undefined,
  catalog: CatalogSurvey,
  partitions: readonly PartitionName[],
): Pick<StoreSurvey, 'store' | 'files' | 'runs' | 'backfills' | 'promised' | 'bytesTotal'> {
  const files = openCheckFiles(fileSystem, { ...known, visible: Number.MAX_SAFE_INTEGER });
  const { firstPosition } = files.context.segmentRecords;
  const dataBytes = partitions.reduce((sum, each) => sum + bytesOf(files, each), 0);
  const promised = head?.visible ?? Math.max(firstPosition - 1, ...lastPositions(files, partitions));
  // An event takes at least one byte: what a damaged head promises beyond that must not cost memory.
  const visible = Math.min(promised, firstPosition - 1 + dataBytes);
  const { chain, backfills: found } = findRuns(fileSystem, known.indexDirectory, visible);
  // Backfills that the catalog no longer has are leftovers; those that it has must exist.
  const backfills = catalog.findings.length > 0 ? found : expectedBackfills(catalog, visible);
  const commitIds = commitIdFiles(fileSystem, known.indexDirectory, visible);
  const store = { ...known, visible, runs: chain, commitIds };
  const runBytes = [...chain, ...backfills].map((name) => sizeOf(fileSystem, runPath(known.indexDirectory, name)));
  const bytesTotal = dataBytes + runBytes.reduce((sum, bytes) => sum + bytes, 0);
  files.context.pool.closeAll();
  return { store, files: openCheckFiles(fileSystem, store), runs: chain, backfills, promised, bytesTotal };
}

function expectedBackfills({ backfills }: CatalogSurvey, visible: number): RunName[] {
  return [...backfills].flatMap(([id, last]) => (last <= visible ? [{ base: 0, last, onlyIndex: id }] : []));
}

/** Where the files are. A note that is missing or damaged is a finding; one of another store is an error. */
function placesOf(directory: string, description: StoreDescription, input: SurveyInput): StorePlaces {
  try {
    return findPlaces(directory, input, description);
  } catch (error) {
    const folder = (place: 'dataDirectory' | 'indexDirectory'): string => {
      const recorded = description[place];
      return recorded === undefined ? directory : placeFolder(input[place] ?? recorded, directory);
    };
    const places = { dataDirectory: folder('dataDirectory'), indexDirectory: folder('indexDirectory') };
    const owners = Object.values(places).map((path) => {
      return path === directory ? description.id : (readableOwnerOf(input.fileSystem, path)?.store ?? description.id);
    });
    if (owners.some((owner) => owner !== description.id)) throw error;
    return places;
  }
}

/** The partitions of the catalog; where it is damaged, also those that have a folder. */
function partitionsOf(catalog: CatalogSurvey, folders: readonly string[]): PartitionName[] {
  const byId = new Map(catalog.partitions);
  if (catalog.findings.length > 0) {
    for (const folder of folders) {
      const { id, name } = partitionOf(folder) ?? { id: 0, name: '' };
      if (id > 0 && !byId.has(id)) byId.set(id, name);
    }
  }
  return [...byId].map(([id, name]) => ({ id, name })).sort((left, right) => left.id - right.id);
}

/** A partition whose name gives this folder; the name itself is only in the catalog. */
function partitionOf(folder: string): PartitionName | undefined {
  const match = /^(\d{6,})-(.*)$/.exec(folder);
  if (match === null) return undefined;
  const partition = { id: Number(match[1]), name: match[2]!.replace(/~$/, '') };
  return partitionFolderName(partition.id, partition.name) === folder ? partition : undefined;
}

function bytesOf({ context }: CheckFiles, { id, name }: PartitionName): number {
  const partition = new ReadablePartition(context, id, name);
  return partition.segmentList.reduce((sum, { archived, file }) => {
    return sum + (archived === undefined ? sizeOf(context.fileSystem, file.path) : archived.to - archived.from);
  }, 0);
}

/** For a store without a head: the last position that a whole frame of each partition has. */
function lastPositions(files: CheckFiles, partitions: readonly PartitionName[]): number[] {
  return partitions.map(({ id, name }) => lastPosition(files, new ReadablePartition(files.context, id, name)));
}

function lastPosition(files: CheckFiles, partition: ReadablePartition): number {
  const cursor = new FrameCursor();
  const search = new DamageSearch(files, partition);
  for (const segment of partition.segmentList.toReversed()) {
    if (segment.archived !== undefined) return segment.archived.lastPosition;
    const end = segment.baseOffset + sizeOf(files.context.fileSystem, segment.file.path);
    let last = 0;
    for (const offset of search.frames(segment, end, cursor)) {
      if (offset >= 0) last = Math.max(last, cursor.view.lastPosition);
    }
    if (last > 0) return last;
  }
  return 0;
}

/** Files of commit ids, each of which begins where the one before ends, as the writer uses them. */
function commitIdFiles(fileSystem: FileSystem, directory: string, visible: number): CoveredRange[] {
  const names = fileSystem.list(`${directory}/${fileNames.commitIds}`) ?? [];
  const usable = names.flatMap((name) => {
    const range = parseCommitIdsFileName(name);
    return range !== undefined && range.last <= visible && commitIdsFileName(range.base, range.last) === name
      ? [range]
      : [];
  });
  return longestChain(usable);
}

function sizeOf(fileSystem: FileSystem, path: string): number {
  return fileSystem.stat(path)?.sizeBytes ?? 0;
}

/** The finding for a store whose description cannot be read: without its id, no checksum can be compared. */
export function descriptionDamaged(directory: string, reason: string): Finding {
  const path = `${directory}/${fileNames.store}`;
  return finding('STORE_FILE', { path }, `${withoutStop(reason)}: without the id in it, nothing can be checked.`);
}
