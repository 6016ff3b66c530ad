/**
 * Writes to the segments what they lack of the redo log, before recovery looks at them. Afterwards they are as if each sync of
 * the redo log had been a sync of the segments, except that they are not synced: that comes with everything else that recovery
 * makes durable, and until then the log counts. Runs under the writer's lock.
 *
 * Invariants: records count only when they belong to the log that the head names; running it again changes nothing. All records
 * have what one writer appended, so that even those count that were about to be overwritten.
 */
import type { FileSystem } from '@varve/core';
import {
  accessible,
  decodeRedoRecord,
  fileNames,
  openIfThere,
  type StoreContext,
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
  readonly context: StoreContext;
  readonly partition: (id: number) => ReadablePartition | undefined;
  /** The random number of the log, as the head says; 0 when there is none. */
  readonly redo: number;
}

/**
 * Returns the position up to which everything must be in the segments afterwards. That is 0 for a whole log: everything is
 * there then, unless the segments are older than the log, as they may be in a copy. Throws `STORE_UNAVAILABLE`.
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

/** Whether all records that segments may need are there. */
function isWhole(records: readonly RedoRecord[], { since, sequence }: RedoRecord): boolean {
  const needed = new Set(records.flatMap((record) => (record.sequence >= since ? [record.sequence] : [])));
  return needed.size === sequence - since + 1;
}

/** Does nothing when the segment ends before the write: in a copy, the log may be newer. */
function writeAgain(context: StoreContext, { baseOffset, file }: Segment, { bytes, offset }: RedoWrite): void {
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

/** Every whole record: others may follow a damaged one. */
function readRecords({ fileSystem, directory, seed }: StoreContext, redo: number): RedoRecord[] {
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

/** No more of the file than a log can have; nothing when the file is missing. */
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
