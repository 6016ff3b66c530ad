/** Stores whose durable commits are in several partitions, and so in the redo log. */
import {
  checksumSeed,
  decodeHead,
  decodeRedoRecord,
  fileNames,
  redoRecordAlignment,
  redoSeed,
} from '@varve/core/internal';
import type { SimulatedDisk } from '@varve/core/testing';
import type { EventStore, WriteOptions } from '../../src/index.ts';
import { openStore, readStoreFile } from './power-cut.ts';
import { storePath } from './recorded-run.ts';

export const streams = ['a', 'b', 'c'];
export const withRedoLog: WriteOptions = { redoLogBytes: 1_048_576 };
export const overPartitions: WriteOptions = { ...withRedoLog, partitioner: 'perStream' };
export const redoPath = `${storePath}/${fileNames.redo}`;

/** One commit to each stream, in one turn; all are durable when this resolves. */
export async function together(store: EventStore, n: number, note = ''): Promise<void> {
  await Promise.all(streams.map((stream) => store.commit(stream, { type: 'a', n, note }).durable));
}

/** A store whose last rounds are in the redo log and not synced in any segment. */
export async function withUnsyncedSegments(
  disk: SimulatedDisk,
  options: WriteOptions = {},
  rounds = 12,
): Promise<EventStore> {
  const store = openStore(disk, { ...overPartitions, ...options });
  for (let n = 1; n <= rounds; n++) await together(store, n);
  return store;
}

/** What `together` committed, as it is read. */
export function numbersIn(store: EventStore): number[] {
  return streams.flatMap((stream) =>
    store.getEventStream(stream).events.map((event) => (event as { readonly n: number }).n),
  );
}

/** The same, as it must be. */
export function expected(rounds: number): number[] {
  return streams.flatMap(() => Array.from({ length: rounds }, (_, n) => n + 1));
}

/** Where the last record begins. */
export function lastRecord(disk: SimulatedDisk): number {
  const { id } = JSON.parse(readStoreFile(disk, fileNames.store).toString()) as { id: string };
  const seed = checksumSeed(id);
  const head = readStoreFile(disk, fileNames.head);
  const recordSeed = redoSeed(seed, decodeHead(head, head.length, seed)!.redo);
  const bytes = readStoreFile(disk, fileNames.redo);
  let [last, at] = [0, 0];
  for (let start = 0; start < bytes.length; start += redoRecordAlignment) {
    const sequence = decodeRedoRecord(bytes, start, recordSeed)?.sequence ?? 0;
    if (sequence > last) [last, at] = [sequence, start];
  }
  return at;
}
