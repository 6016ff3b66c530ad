/**
 * What a check needs to know of a store before it reads the first frame: plain data, which is passed to each thread. Nothing
 * in it is trusted before it was read and checked: see `survey-catalog.ts` and `survey-head.ts`.
 */
import type { EpochStart } from '../storage/epoch-starts.ts';
import { EpochStarts } from '../storage/epoch-starts.ts';
import type { SegmentsRecord } from '../format/catalog-record.ts';
import { checksumSeed } from '../format/checksum.ts';
import type { StoreDescription } from '../format/store-file.ts';
import { FilePool } from '../file-system/file-pool.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { BlockCache } from '../storage/block-cache.ts';
import type { StoreContext } from '../storage/readable-partition.ts';
import { ReadablePositionIndex } from '../storage/readable-position-index.ts';
import { SegmentRecords } from '../storage/segment-records.ts';
import { StoreHistory } from '../storage/store-history.ts';

export interface CheckedStore {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly indexDirectory: string;
  readonly archiveDirectory: string | undefined;
  readonly description: StoreDescription;
  /** The last position that is checked. */
  readonly visible: number;
  /** Events of a higher epoch are not part of what is visible; Infinity when the highest epoch is unknown. */
  readonly highestEpoch: number;
  readonly epochStarts: readonly EpochStart[];
  readonly segmentRecords: readonly SegmentsRecord[];
  /** One more than the largest id of a stream or index. */
  readonly nextId: number;
  /** Ids of all indexes that are not write streams. */
  readonly derivedIds: readonly number[];
  /** The codec's structures, by their ids. */
  readonly structures: readonly (readonly string[])[];
  /** Whether the end of the catalog may be missing: without a head, it is unknown how long the catalog was. */
  readonly mayLackStructures: boolean;
  /** Index runs, in order; each begins where the one before ends. */
  readonly runs: readonly { readonly base: number; readonly last: number }[];
  /** Files of commit ids, in order. */
  readonly commitIds: readonly { readonly base: number; readonly last: number }[];
}

/** Open files to check a store with; each thread has its own. */
export interface CheckFiles {
  readonly store: CheckedStore;
  readonly context: StoreContext;
  readonly positions: ReadablePositionIndex;
  readonly history: StoreHistory;
}

/** Each thread's share of memory for blocks, and of open files. */
const cacheBytes = 4_194_304;
const openFiles = 32;

export function openCheckFiles(fileSystem: FileSystem, store: CheckedStore): CheckFiles {
  const { directory, dataDirectory, indexDirectory, description } = store;
  const pool = new FilePool(fileSystem, openFiles);
  const cache = new BlockCache(pool, cacheBytes);
  const segmentRecords = new SegmentRecords(description.id, store.archiveDirectory, () => undefined);
  for (const record of store.segmentRecords) segmentRecords.apply(record, directory);
  const seed = checksumSeed(description.id);
  const epochs = new EpochStarts();
  for (const start of store.epochStarts) epochs.add(start);
  return {
    store,
    context: { directory, dataDirectory, indexDirectory, segmentRecords, fileSystem, pool, cache, seed },
    positions: new ReadablePositionIndex(indexDirectory, fileSystem, cache),
    history: new StoreHistory({ catalog: { epochs }, highestEpoch: store.highestEpoch }),
  };
}
