/** What recovery and repair take from the redo log, and when they refuse a store because of it. */
import { fileNames, redoRecordLayout } from '@varve/core/internal';
import { replay, SimulatedDisk } from '@varve/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { repairStore } from '../src/index.ts';
import {
  damageStoreFile,
  flipBit,
  openStore,
  readStoreFile,
  storeFiles,
  withoutUnsynced,
} from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';
import {
  expected,
  lastRecord,
  numbersIn,
  overPartitions,
  redoPath,
  streams,
  together,
  withUnsyncedSegments,
} from './simulation/redo-store.ts';

/** Puts a redo log of another store beside the segments of this one. */
function writeRedoLog(to: SimulatedDisk, bytes: Uint8Array): void {
  const file = to.startProcess().open(redoPath, 'create');
  file.write(bytes, 0, bytes.length, 0);
  file.sync();
  file.close();
}

let disk: SimulatedDisk;
beforeEach(() => (disk = emptyDisk()));

describe('recovery', () => {
  it('finds in it what the segments lack', async () => {
    await withUnsyncedSegments(disk);
    const next = withoutUnsynced(disk);
    expect(numbersIn(openStore(next, overPartitions))).toEqual(expected(12));
    // And had it synced before it began another epoch, which has no log yet.
    expect(storeFiles(next)).not.toContain(redoPath);
    expect(numbersIn(openStore(withoutUnsynced(next), overPartitions))).toEqual(expected(12));
  });

  it('refuses a store that lacks what was durable, when it is lost', async () => {
    await withUnsyncedSegments(disk);
    const next = withoutUnsynced(disk);
    next.startProcess().remove(redoPath);
    // The head is written and not synced: it may have survived.
    const head = readStoreFile(disk, fileNames.head);
    damageStoreFile(next, fileNames.head, () => head);
    expect(() => openStore(next, overPartitions)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });

  it('needs nothing of it after the death of the process', async () => {
    await withUnsyncedSegments(disk);
    damageStoreFile(disk, fileNames.redo, (bytes) => Buffer.alloc(bytes.length, 0xff));
    disk.locks.clear();
    expect(numbersIn(openStore(disk, overPartitions))).toEqual(expected(12));
  });

  it('passes over a record that is damaged, and refuses a store that needs it', async () => {
    await withUnsyncedSegments(disk);
    damageStoreFile(disk, fileNames.redo, (bytes) => flipBit(bytes, redoRecordLayout.end + 3));
    const next = withoutUnsynced(disk);
    const before = next.medium.files().map(([, file]) => file.sizeBytes);
    // Nothing that survived says how far the store was durable, but the records behind it.
    expect(() => openStore(next, overPartitions)).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', expected: 33 }),
    );
    const after = next.medium.files().map(([, file]) => file.sizeBytes);
    expect(after.every((size, index) => size >= before[index]!)).toBe(true);
  });

  it('takes no record that is not whole', async () => {
    await withUnsyncedSegments(disk);
    const at = lastRecord(disk);
    damageStoreFile(disk, fileNames.redo, (bytes) => flipBit(bytes, at + redoRecordLayout.end + 3));
    const next = withoutUnsynced(disk);
    damageStoreFile(next, fileNames.head, () => Buffer.alloc(0));
    expect(numbersIn(openStore(next, overPartitions))).toEqual(expected(11));
  });

  it('takes nothing from the redo log of a writer before the last one', async () => {
    const store = await withUnsyncedSegments(disk, {}, 9);
    const other = new SimulatedDisk(disk.medium.copy());
    for (let n = 10; n < 13; n++) await together(store, n);
    // In the other store these commits were lost, and the next writer has put others in their places.
    const next = openStore(other, overPartitions);
    for (const stream of streams) next.commit(stream, { n: 10 });
    next.flush();
    next.storage.close();
    writeRedoLog(other, readStoreFile(disk, fileNames.redo));
    expect(numbersIn(openStore(other, overPartitions))).toEqual(expected(10));
  });

  it('takes nothing from the redo log of a later writer, nor leaves it for the next one, as in a copy', async () => {
    const store = await withUnsyncedSegments(disk);
    const copy = new SimulatedDisk(disk.medium.copy());
    await store.close();
    const second = openStore(disk, overPartitions);
    for (let n = 101; n < 113; n++) await together(second, n);
    // A tool that takes it behind all others, when the next writer is there.
    writeRedoLog(copy, readStoreFile(disk, fileNames.redo));
    const promoted = openStore(copy, overPartitions);
    expect(numbersIn(promoted)).toEqual(expected(12));
    for (let n = 13; n < 31; n++) await promoted.commit('a', { n, note: 'some other' }).durable;
    promoted.storage.close();
    const numbers = openStore(copy, overPartitions)
      .getEventStream<{ readonly n: number }>('a')
      .events.map(({ n }) => n);
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('refuses to put another frame in the place of a whole one', async () => {
    const store = await withUnsyncedSegments(disk);
    store.storage.close();
    const fork = new SimulatedDisk(disk.medium.copy());
    for (const [each, first] of [
      [disk, 20],
      [fork, 30],
    ] as const) {
      const next = openStore(each, overPartitions);
      for (let n = first; n < first + 6; n++) await together(next, n);
      next.storage.close();
    }
    damageStoreFile(disk, fileNames.redo, () => readStoreFile(fork, fileNames.redo));
    const hint = expect.stringContaining(redoPath) as string;
    expect(() => openStore(disk, overPartitions)).toThrow(expect.objectContaining({ code: 'CORRUPTION', hint }));
  });

  it('makes a file of another size anew, and reads one that is not', async () => {
    const store = await withUnsyncedSegments(disk, { redoLogBytes: 8192 });
    store.storage.close();
    const next = openStore(disk, { ...overPartitions, redoLogBytes: 65_536 });
    for (let n = 13; n < 19; n++) await together(next, n);
    expect(readStoreFile(disk, fileNames.redo)).toHaveLength(65_536);
    expect(numbersIn(openStore(withoutUnsynced(disk), overPartitions))).toEqual(expected(18));
  });

  it('leaves segments alone that end before what the redo log has, as in a copy', async () => {
    const store = await withUnsyncedSegments(disk, { redoLogBytes: 8192 });
    const copy = new SimulatedDisk(disk.medium.copy());
    for (let n = 13; n < 20; n++) await together(store, n);
    // A tool that copies files by their names takes it behind the segments.
    damageStoreFile(copy, fileNames.redo, () => readStoreFile(disk, fileNames.redo));
    expect(numbersIn(openStore(copy, overPartitions))).toEqual(expected(12));
  });
});

describe('repair', () => {
  it('loses nothing that the redo log has', async () => {
    await withUnsyncedSegments(disk);
    const next = withoutUnsynced(disk);
    const head = readStoreFile(disk, fileNames.head);
    damageStoreFile(next, fileNames.head, () => head);
    const { lost, lastPosition } = await repairStore(storePath, { fileSystem: next.startProcess() });
    expect([lost.positions, lastPosition]).toEqual([undefined, 36]);
    expect(numbersIn(openStore(next, overPartitions))).toEqual(expected(12));
  });

  it('keeps what it took from it, whenever the power goes', async () => {
    await withUnsyncedSegments(disk);
    const next = withoutUnsynced(disk);
    const head = readStoreFile(disk, fileNames.head);
    damageStoreFile(next, fileNames.head, () => head);
    const at = lastRecord(disk);
    damageStoreFile(next, fileNames.redo, (bytes) => flipBit(bytes, at + redoRecordLayout.end + 3));
    const start = next.medium.copy();
    const before = next.operations.length;
    const { lastPosition } = await repairStore(storePath, { fileSystem: next.startProcess() });
    expect(lastPosition).toBe(33);
    for (const medium of replay(start, next.operations.slice(before))) {
      const left = withoutUnsynced(new SimulatedDisk(medium.copy()));
      await repairStore(storePath, { fileSystem: left.startProcess() });
      expect(numbersIn(openStore(left, overPartitions))).toEqual(expected(11));
    }
  });

  it('is not undone by it', async () => {
    const store = await withUnsyncedSegments(disk);
    const frames = readStoreFile(
      disk,
      storeFiles(disk).find((each) => each.endsWith('.seg'))!,
    ).length;
    for (let n = 13; n < 16; n++) await together(store, n);
    // The log is lost but for its last record, and frames before that are damaged.
    const at = lastRecord(disk);
    damageStoreFile(disk, fileNames.redo, (bytes) => bytes.fill(0, 0, at));
    damageStoreFile(
      disk,
      storeFiles(disk).find((each) => each.endsWith('.seg'))!,
      (bytes) => flipBit(bytes, frames + 10),
    );
    disk.locks.clear();
    const { lastPosition } = await repairStore(storePath, { fileSystem: disk.startProcess() });
    expect(lastPosition).toBe(36);
    expect(openStore(disk, overPartitions).position).toBe(36);
  });
});
