/**
 * A disk with the redo log written to its segments, as recovery does it before it looks at them: derived here from the format
 * alone, so that what a recovery changed can be compared with it.
 */
import {
  checksumSeed,
  decodeHead,
  decodeRedoRecord,
  fileNames,
  redoRecordAlignment,
  type RedoRecord,
  redoSeed,
} from '@varve/core/internal';
import { type Medium, SimulatedDisk } from '@varve/core/testing';
import { storePath } from './recorded-run.ts';

export function redone(medium: Medium): Medium {
  const files = new Map(medium.files().map(([path, file]) => [path, file.bytes]));
  const log = files.get(`${storePath}/${fileNames.redo}`);
  const description = files.get(`${storePath}/store.json`);
  if (log === undefined || description === undefined) return medium;
  const { id } = JSON.parse(Buffer.from(description).toString()) as { id: string };
  const seed = checksumSeed(id);
  const head = files.get(`${storePath}/${fileNames.head}`) ?? new Uint8Array(0);
  const redo = decodeHead(head, head.length, seed)?.redo ?? 0;
  if (redo === 0) return medium;
  const disk = new SimulatedDisk(medium.copy());
  const process = disk.startProcess();
  for (const { writes } of recordsOf(log, redoSeed(seed, redo))) {
    for (const { partitionId, offset, bytes } of writes) {
      const prefix = `/partitions/${String(partitionId).padStart(6, '0')}-`;
      const segments = [...files.keys()].filter((path) => path.includes(prefix) && path.endsWith('.seg'));
      const path = segments.toSorted().findLast((each) => baseOf(each) <= offset);
      if (path === undefined || offset - baseOf(path) > process.stat(path)!.sizeBytes) continue;
      const handle = process.open(path, 'write');
      handle.write(bytes, 0, bytes.length, offset - baseOf(path));
      handle.close();
    }
  }
  return disk.medium;
}

/** The records of the log that the head names, in order. */
function recordsOf(log: Uint8Array, recordSeed: number): RedoRecord[] {
  const records: RedoRecord[] = [];
  for (let at = 0; at < log.length; at += redoRecordAlignment) {
    const record = decodeRedoRecord(log, at, recordSeed);
    if (record !== undefined) records.push(record);
  }
  return records.sort((left, right) => left.sequence - right.sequence);
}

function baseOf(path: string): number {
  return Number(/(\d+)\.seg$/.exec(path)![1]);
}
