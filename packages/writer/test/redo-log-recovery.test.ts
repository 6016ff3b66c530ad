/** What recovery and repair take from the redo log, and when they refuse a store because of it. */
import {
  checksumSeed,
  fileNames,
  redoRecordLayout,
  redoWriteLayout,
  sealRedoRecord,
  writeRedoWriteHeader,
} from '@varve/core/internal';
import { replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
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
  together,
  withUnsyncedSegments,
} from './simulation/redo-store.ts';

let disk: SimulatedDisk;
beforeEach(() => (disk = emptyDisk()));

describe('recovery', () => {
  it('finds in it what the segments lack', async () => {
    await withUnsyncedSegments(disk);
    const next = withoutUnsynced(disk);
    expect(numbersIn(openStore(next, overPartitions))).toEqual(expected(12));
    // Recovery synced it before it began another epoch, for which the log does not count.
    next.startProcess().remove(redoPath);
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
    // Nothing that survived says how far the store was durable, except the records after it.
    expect(() => openStore(next, overPartitions)).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', path: redoPath, expected: 33 }),
    );
    const after = next.medium.files().map(([, file]) => file.sizeBytes);
    expect(after.every((size, index) => size >= before[index]!)).toBe(true);
    // What the hint says to do where there is no copy.
    next.locks.clear();
    next.startProcess().remove(redoPath);
    expect(openStore(next, overPartitions).position).toBeLessThan(33);
  });

  it('says that a folder is in its place, and of a store closed in order does not ask', async () => {
    const store = await withUnsyncedSegments(disk);
    const killed = new SimulatedDisk(disk.medium.copy());
    await store.close();
    for (const each of [disk, killed]) {
      each.startProcess().remove(redoPath);
      each.startProcess().makeDirectory(redoPath);
    }
    expect(numbersIn(openStore(disk, overPartitions))).toEqual(expected(12));
    const refusal = { code: 'STORE_UNAVAILABLE', path: redoPath };
    expect(() => openStore(killed, overPartitions)).toThrow(expect.objectContaining(refusal));
    await expect(repairStore(storePath, { fileSystem: killed.startProcess() })).rejects.toMatchObject(refusal);
  });

  it('takes no record that is not whole', async () => {
    await withUnsyncedSegments(disk);
    const at = lastRecord(disk);
    damageStoreFile(disk, fileNames.redo, (bytes) => flipBit(bytes, at + redoRecordLayout.end + 3));
    expect(numbersIn(openStore(withoutUnsynced(disk), overPartitions))).toEqual(expected(11));
  });

  it.each([
    ['a writer before the last one', 1],
    ['the next writer, as in a copy that took it behind all other files', 2],
    ['the writer of another copy, of the same epoch', 3],
  ])('takes nothing from the redo log of %s', async (_, which) => {
    const store = await withUnsyncedSegments(disk);
    const first = readStoreFile(disk, fileNames.redo);
    const copy = new SimulatedDisk(disk.medium.copy());
    await store.close();
    const second = openStore(disk, { ...overPartitions, random: new SeededRandom(2) });
    for (let n = 101; n < 113; n++) await together(second, n);
    const other = readStoreFile(disk, fileNames.redo);
    // Frames of other lengths at the same places.
    const promoted = openStore(copy, { ...overPartitions, random: new SeededRandom(3) });
    for (let n = 13; n < 25; n++) await together(promoted, n, which === 3 ? '' : 'some other note');
    promoted.storage.close();
    damageStoreFile(copy, fileNames.redo, () => (which === 1 ? first : other));
    expect(numbersIn(openStore(copy, overPartitions))).toEqual(expected(24));
    // Not even at the next opening.
    copy.locks.clear();
    expect(numbersIn(openStore(copy, overPartitions))).toEqual(expected(24));
  });

  it('takes no record from the payload of an event', async () => {
    const options = { ...overPartitions, redoLogBytes: 131_072 };
    for (let shift = 0; shift < 64; shift++) {
      disk = emptyDisk();
      const store = openStore(disk, options);
      for (let n = 1; n <= 3; n++) await together(store, n);
      // A record that would overwrite the second partition, made by somebody who knows everything but the number of the log.
      const { id } = JSON.parse(readStoreFile(disk, fileNames.store).toString()) as { id: string };
      const record = Buffer.alloc(64, 'x');
      const length = record.length - redoRecordLayout.end - redoWriteLayout.end;
      writeRedoWriteHeader(record, redoRecordLayout.end, { partitionId: 2, offset: 100, length });
      const fields = { sequence: 0x7f_7f7f, since: 0x7f_7f7f, durable: 0 };
      sealRedoRecord(record, record.length, fields, checksumSeed(id));
      const data = Buffer.alloc(9000, ' ');
      for (let at = shift; at + record.length <= data.length; at += record.length) data.set(record, at);
      for (let n = 0; n < 12; n++) await store.commit('a', { n: 0, data }).durable;
      // Shorter records leave pages of longer ones after them.
      for (let n = 4; n < 10; n++) {
        await together(store, n);
        expect(openStore(new SimulatedDisk(disk.medium.copy()), options).getEventStream('b').events).toHaveLength(n);
      }
    }
  });

  it('leaves segments alone that end before what the redo log has, as in a copy', async () => {
    const store = await withUnsyncedSegments(disk, { redoLogBytes: 8192 });
    const copy = new SimulatedDisk(disk.medium.copy());
    for (let n = 13; n < 20; n++) await together(store, n);
    // A tool that copies files by name copies it after the segments.
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
    // The log is lost except for its last record, and frames before that are damaged.
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
