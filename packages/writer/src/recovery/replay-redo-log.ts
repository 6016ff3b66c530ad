/**
 * Writes to the segments what they lack of the redo log, before recovery looks at them: afterwards they are as if each sync
 * of the redo log had been one of the segments, but for the syncs, which come with all that recovery makes durable. Until then the
 * log counts. Runs under the writer's lock.
 *
 * Invariants: records count only when they are of the log that the head names; running it again changes nothing. They all
 * have what one writer appended, so that even those count that were to be written over.
 */
import type { FileSystem } from '@varve/core';
import {
  accessible,
  decodeRedoRecord,
  fileNames,
  openIfThere,
  type PartitionContext,
  type ReadablePartition,
  readFully,
  type RedoRecord,
  redoRecordAlignment,
  redoSeed,
  type RedoWrite,
  type Segment,
  writeFully,
} from '@varve/core/internal';
import { maxRedoLogBytes } from '../redo-log.ts';

export interface ReplayInput {
  readonly context: PartitionContext;
  readonly partition: (id: number) => ReadablePartition | undefined;
  /** Its random number, as the head says; 0 when there is none. */
  readonly redo: number;
}

/**
 * Returns the position up to which everything must be there afterwards: where the log is whole, 0, because then it is there
 * unless the segments are older, as they may be in a copy. Throws `STORE_UNAVAILABLE`.
 */
export function replayRedoLog({ context, partition, redo }: ReplayInput): number {
  if (redo === 0) return 0;
  const records = readRecords(context, redo).sort((left, right) => left.sequence - right.sequence);
  for (const { writes } of records) {
    for (const write of writes) {
      const { segmentList } = partition(write.partitionId) ?? { segmentList: [] };
      const segment = segmentList.findLast(({ baseOffset }) => baseOffset <= write.offset);
      if (segment !== undefined && segment.archived === undefined) writeAgain(context, segment, write);
    }
  }
  const newest = records.at(-1);
  return newest === undefined || isWhole(records, newest) ? 0 : newest.durable;
}

/** Whether all records are there that segments may need. */
function isWhole(records: readonly RedoRecord[], { since, sequence }: RedoRecord): boolean {
  const needed = new Set(records.flatMap((record) => (record.sequence >= since ? [record.sequence] : [])));
  return needed.size === sequence - since + 1;
}

/** Does nothing where the segment ends before: in a copy, the log may be newer. */
function writeAgain(context: PartitionContext, { baseOffset, file }: Segment, { bytes, offset }: RedoWrite): void {
  const { cache, fileSystem } = context;
  const at = offset - baseOffset;
  if (at > (fileSystem.stat(file.path)?.sizeBytes ?? -1)) return;
  cache.forget(file);
  const handle = fileSystem.open(file.path, 'write');
  try {
    writeFully(handle, bytes, 0, bytes.length, at);
  } finally {
    handle.close();
  }
}

/** Every whole record: behind one that is damaged there may be others. */
function readRecords({ fileSystem, directory, seed }: PartitionContext, redo: number): RedoRecord[] {
  const path = `${directory}/${fileNames.redo}`;
  const bytes = accessible(path, () => readBeginning(fileSystem, path));
  const recordSeed = redoSeed(seed, redo);
  const records: RedoRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const record = decodeRedoRecord(bytes, at, recordSeed);
    if (record !== undefined) records.push(record);
    at += Math.ceil((record?.sizeBytes ?? 1) / redoRecordAlignment) * redoRecordAlignment;
  }
  return records;
}

/** As much of the file as a log can have; nothing when it is missing. */
function readBeginning(fileSystem: FileSystem, path: string): Uint8Array {
  const file = openIfThere(fileSystem, path);
  if (file === undefined) return new Uint8Array(0);
  try {
    const bytes = new Uint8Array(Math.min(file.sizeBytes(), maxRedoLogBytes));
    return bytes.subarray(0, readFully(file, bytes, 0, bytes.length, 0));
  } finally {
    file.close();
  }
}
