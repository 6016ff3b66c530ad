/**
 * A disk with the redo log written to its segments, as recovery does it before it looks at them: decided here from the
 * format alone, so that what a recovery changed can be held against it.
 */
import {
  checksumSeed,
  decodeHead,
  decodeRedoRecord,
  fileNames,
  redoRecordAlignment,
  type RedoRecord,
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
  const records = lastRecords(log, seed);
  // What an older writer left in it: the next one has taken from it what it needed.
  if (records.some(({ epoch }) => epoch < (decodeHead(head, head.length, seed)?.epoch ?? 0))) return medium;
  const disk = new SimulatedDisk(medium.copy());
  const process = disk.startProcess();
  for (const { writes } of records) {
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

/** The records of the last epoch that there is a record of, in order. */
function lastRecords(log: Uint8Array, seed: number): RedoRecord[] {
  const records: RedoRecord[] = [];
  for (let at = 0; at < log.length; at += redoRecordAlignment) {
    const record = decodeRedoRecord(log, at, seed);
    if (record !== undefined) records.push(record);
  }
  const epoch = Math.max(...records.map((record) => record.epoch));
  return records.filter((record) => record.epoch === epoch).sort((left, right) => left.sequence - right.sequence);
}

function baseOf(path: string): number {
  return Number(/(\d+)\.seg$/.exec(path)![1]);
}
