/**
 * Writes to the segments what they lack of the redo log, before recovery looks at them: afterwards they are as if each sync
 * of the redo log had been one of the segments. Runs under the writer's lock.
 *
 * Invariants: a record counts only when it is of the last epoch; no whole frame is ever replaced by another one; running it
 * again changes nothing. The records of one epoch all have what its writer appended, so that even those count that were to be
 * written over.
 */
import { CorruptionError, type FileHandle } from '@varve/core';
import {
  decodeRedoRecord,
  fileNames,
  FrameView,
  openIfThere,
  type PartitionContext,
  type ReadablePartition,
  readFully,
  type RedoRecord,
  redoRecordAlignment,
  type RedoWrite,
  type Segment,
  writeFully,
} from '@varve/core/internal';
import { maxRedoLogBytes } from '../redo-log.ts';

export interface ReplayInput {
  readonly context: PartitionContext;
  readonly partition: (id: number) => ReadablePartition | undefined;
  /** Of the last writer; undefined when the head is lost, and the log is the one to say. */
  readonly epoch: number | undefined;
}

/**
 * Returns the position up to which everything must be there afterwards: where the log is whole, 0, because then it is there
 * unless the segments are older, as they may be in a copy. Throws `CORRUPTION` when the log and a segment have different frames for
 * the same place.
 */
export function replayRedoLog({ context, partition, epoch: known }: ReplayInput): number {
  const records = readRecords(context);
  // Of any other writer it is that of an older or newer copy.
  const epoch = known ?? Math.max(...records.map((record) => record.epoch));
  const replay = new Replay(context);
  const last = records.filter((record) => record.epoch === epoch).sort((left, right) => left.sequence - right.sequence);
  for (const { writes } of last) {
    for (const write of writes) {
      const { segmentList } = partition(write.partitionId) ?? { segmentList: [] };
      const segment = segmentList.findLast(({ baseOffset }) => baseOffset <= write.offset);
      if (segment !== undefined && segment.archived === undefined) replay.write(segment, write);
    }
  }
  replay.sync();
  const newest = last.at(-1);
  return newest === undefined || isWhole(last, newest) ? 0 : newest.durable;
}

/** Whether all records are there that segments may need. */
function isWhole(records: readonly RedoRecord[], { since, sequence }: RedoRecord): boolean {
  const needed = new Set(records.flatMap((record) => (record.sequence >= since ? [record.sequence] : [])));
  return needed.size === sequence - since + 1;
}

/** Takes the redo log away, when its store has all that it has, or is to be cut back: no later epoch may meet it. */
export function removeRedoLog({ fileSystem, directory }: PartitionContext): void {
  const path = `${directory}/${fileNames.redo}`;
  if (fileSystem.stat(path) === undefined) return;
  fileSystem.remove(path);
  fileSystem.syncDirectory(directory);
}

/** Every whole record: behind one that is damaged there may be others. */
function readRecords({ fileSystem, directory, seed }: PartitionContext): RedoRecord[] {
  const file = openIfThere(fileSystem, `${directory}/${fileNames.redo}`);
  if (file === undefined) return [];
  try {
    const bytes = new Uint8Array(Math.min(file.sizeBytes(), maxRedoLogBytes));
    const length = readFully(file, bytes, 0, bytes.length, 0);
    const records: RedoRecord[] = [];
    for (let at = 0; at < length;) {
      const record = decodeRedoRecord(bytes.subarray(0, length), at, seed);
      if (record !== undefined) records.push(record);
      at += Math.ceil((record?.sizeBytes ?? 1) / redoRecordAlignment) * redoRecordAlignment;
    }
    return records;
  } finally {
    file.close();
  }
}

class Replay {
  private readonly context: PartitionContext;
  private readonly written = new Set<string>();
  private readonly frame = new FrameView();

  constructor(context: PartitionContext) {
    this.context = context;
  }

  write({ baseOffset, file: { path }, file }: Segment, { bytes, offset }: RedoWrite): void {
    const { cache, fileSystem } = this.context;
    const at = offset - baseOffset;
    // In a copy, the log may be newer than the segment.
    if (at > (fileSystem.stat(path)?.sizeBytes ?? -1)) return;
    cache.forget(file);
    this.written.add(path);
    this.withFile(path, (handle) => {
      this.assertSameFrames(handle, bytes, at);
      // Also where it is there: nobody knows whether the medium has it.
      writeFully(handle, bytes, 0, bytes.length, at);
    });
  }

  sync(): void {
    for (const path of this.written) this.withFile(path, (handle) => handle.sync());
  }

  private withFile(path: string, work: (handle: FileHandle) => void): void {
    const handle = this.context.fileSystem.open(path, 'write');
    try {
      work(handle);
    } finally {
      handle.close();
    }
  }

  private assertSameFrames(handle: FileHandle, bytes: Uint8Array, at: number): void {
    const { frame, context } = this;
    const found = new Uint8Array(bytes.length);
    const length = readFully(handle, found, 0, found.length, at);
    if (length === bytes.length && Buffer.compare(found, bytes) === 0) return;
    for (let start = 0; start < length;) {
      if (frame.parse(bytes, start, bytes.length, context.seed) !== 'whole') return;
      const { checksum, sizeBytes } = frame;
      const isOther = frame.parse(found, start, length, context.seed) === 'whole' && frame.checksum !== checksum;
      if (isOther) throw mixed(context, handle.path, at + start);
      start += sizeBytes;
    }
  }
}

function mixed({ directory }: PartitionContext, path: string, offset: number): CorruptionError {
  const redo = `${directory}/${fileNames.redo}`;
  return new CorruptionError(`The frame at byte ${offset} of ${path} is another one than ${redo} has for this place.`, {
    path,
    offset,
    hint: `Files of two stores were mixed. Restore them from one copy; or remove ${redo}, if the others belong together.`,
  });
}
