/**
 * Opens the files of a store for writing: reads head and catalog, recovers if the last writer did not close the store,
 * and raises the epoch. Runs under the writer's lock; when it returns, appending may begin.
 */
import { VarveError } from '@varve/core';
import {
  emptyHead,
  fileNames,
  type Head,
  HeadFile,
  knowsStructures,
  type StoreContext,
  type ReadablePartition,
  type ResolvedReadOptions,
  type StoreDescription,
} from '@varve/core/internal';
import { HeadWriter, type Publication } from './head-writer.ts';
import { rewritePositions } from './reindex/rewrite-positions.ts';
import { isInOrder } from './recovery/is-in-order.ts';
import { recoverCatalog } from './recovery/recover-catalog.ts';
import { recover, type RecoveryInput, type RecoveryResult } from './recovery/recovery.ts';
import { RecoveryFiles } from './recovery/recovery-files.ts';
import { replayRedoLog } from './recovery/replay-redo-log.ts';
import type { WritableCatalog } from './writable-catalog.ts';
import { WritablePositionIndex } from './writable-position-index.ts';
import { WriterFence } from './writer-fence.ts';

export interface OpenedFiles {
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  readonly publication: Publication;
  /** Where the store ends. */
  readonly end: RecoveryResult;
  /** Whether callers may have given ids to commits: as the head says, or true when the head is lost. */
  readonly mayHaveCommitIds: boolean;
  close(): void;
}

export interface StoreToOpen {
  readonly description: StoreDescription;
  readonly options: ResolvedReadOptions;
  readonly mayCutAtFault: boolean;
  /** Used instead of the head that the store has. */
  readonly head?: Head;
}

export function openForWriting(context: StoreContext, store: StoreToOpen): OpenedFiles {
  const { directory, indexDirectory, fileSystem, cache } = context;
  const { description, options, mayCutAtFault, head = readHead(context) } = store;
  const { catalog, cut: cutCatalog } = recoverCatalog(context, head, mayCutAtFault);
  const positions = new WritablePositionIndex(indexDirectory, fileSystem, cache);
  const files = new RecoveryFiles(context, catalog, positions);
  try {
    const isReadable = knowsStructures({ description, directory, structures: () => catalog.load() });
    const end = findEnd({ files, head, isReadable, mayCutAtFault });
    // From here on nothing can refuse the store any more, and files may be changed.
    cutCatalog();
    catalog.forgetCached();
    catalog.removeStaleNameIndexes();
    // In a new store there is nothing that its first epoch could have cut off.
    if (head.sequence > 0 || end.position > 0) catalog.beginEpoch(end.epoch + 1, end.position);
    catalog.shortenBackfills(end.position);
    catalog.flush();
    catalog.file.sync();
    positions.cut();
    positions.sync();
    positions.mendWith((last) => rewritePositions(context, catalog.partitions(), last));
    const publication = raiseEpoch(context, options, { ...head, epoch: end.epoch }, end.position, catalog);
    const close = (): void => [catalog, positions, publication].forEach((file) => file.close());
    const mayHaveCommitIds = publication.head.hasCommitIds || (head.sequence === 0 && end.position > 0);
    return { catalog, positions, publication, end, mayHaveCommitIds, close };
  } catch (error) {
    catalog.close();
    positions.close();
    throw error;
  }
}

function readHead({ directory, fileSystem, seed }: StoreContext): Head {
  const file = new HeadFile(directory, fileSystem, seed);
  try {
    return file.read() ?? emptyHead;
  } catch (error) {
    // A head with no whole slot is rebuilt from the frames.
    if (error instanceof VarveError && error.code === 'CORRUPTION') return emptyHead;
    throw error;
  } finally {
    file.close();
  }
}

function findEnd(input: Omit<RecoveryInput, 'promisedByRedo'>): RecoveryResult {
  const { files, head } = input;
  const last = isInOrder(files, head);
  if (last === undefined) {
    const partition = (id: number): ReadablePartition | undefined => files.partition(id);
    const promisedByRedo = replayRedoLog({ context: files.context, partition, redo: head.redo });
    return recover({ ...input, promisedByRedo });
  }
  files.positions.startAt(head.visible);
  // The head has the time of the system clock, which may be earlier than that of the last commit.
  const clockUs = Math.max(head.clockUs, last.clockUs);
  return { position: head.visible, epoch: head.epoch, clockUs, ends: new Map() };
}

/** Durably publishes the new epoch before the first append: an older writer is recognized by its lower epoch. */
function raiseEpoch(
  context: StoreContext,
  { clock }: ResolvedReadOptions,
  head: Head,
  position: number,
  { file: catalogFile, sizeBytes: catalogBytes }: WritableCatalog,
): Publication {
  const { directory, indexDirectory, fileSystem, seed } = context;
  // Stores that were created before the head recorded this have only the folder.
  const hasCommitIds = head.hasCommitIds || fileSystem.stat(`${indexDirectory}/${fileNames.commitIds}`) !== undefined;
  const raised = { ...head, epoch: head.epoch + 1, hasCommitIds, redo: 0 };
  const fence = new WriterFence(context);
  const writer = new HeadWriter({ directory, fileSystem, clock, seed, fence, head: raised, catalogFile });
  try {
    writer.publish({ visible: position, durable: position, catalogBytes, indexed: position, clean: false });
    writer.sync();
    for (const path of new Set([indexDirectory, directory])) fileSystem.syncDirectory(path);
  } catch (error) {
    writer.close();
    throw error;
  }
  return writer;
}
