/** Single crashes that a test chooses by hand, and damage done to files directly. */
import { type FileSystem, ReadOnlyEventStore } from '@varve/core';
import { SeededRandom, SimulatedDisk, type SimulatedFile } from '@varve/core/testing';
import { EventStore, type WriteOptions } from '../../src/index.ts';
import { dataDirectory, storeName, storePath } from './recorded-run.ts';

/** The computer after a power cut that left nothing of what was not synced. */
export function withoutUnsynced(disk: SimulatedDisk): SimulatedDisk {
  return new SimulatedDisk(disk.medium.crashed(0, (file) => file.crashed(() => 'drop')));
}

/** The same, but only the unsynced bytes of one file are lost. */
export function withoutUnsyncedOf({ medium }: SimulatedDisk, part: string): SimulatedDisk {
  const [, lost] = medium.files().find(([path]) => path.includes(part))!;
  const fateOf = (file: SimulatedFile) => (file === lost ? 'drop' : 'keep');
  return new SimulatedDisk(medium.crashed(medium.unsyncedNames, (file) => file.crashed(() => fateOf(file))));
}

export function openStore(
  disk: SimulatedDisk,
  options: WriteOptions = {},
  fileSystem: FileSystem = disk.startProcess(),
): EventStore {
  const storageConfig = { random: new SeededRandom(1), ...options, fileSystem };
  const store = new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig });
  store.on('error', () => undefined);
  return store;
}

/** A reader that looks for new events when the test tells it to. */
export function openReader(disk: SimulatedDisk, fileSystem: FileSystem = disk.startProcess()): ReadOnlyEventStore {
  return new ReadOnlyEventStore(storeName, {
    storageDirectory: dataDirectory,
    fileSystem,
    watch: false,
    pollIntervalMs: 60_000,
  });
}

/** Paths of all files of the store. */
export function storeFiles(disk: SimulatedDisk): string[] {
  return disk.medium.files().flatMap(([path]) => (path.startsWith(storePath) ? [path] : []));
}

/** The contents of a file of the store. */
export function readStoreFile(disk: SimulatedDisk, name: string): Buffer {
  const found = disk.medium.files().find(([path]) => path.startsWith(storePath) && path.endsWith(name));
  if (found === undefined) throw new Error(`There is no file ${name}`);
  return Buffer.from(found[1].bytes);
}

/** Replaces the contents of a file of the store, as no writer would. */
export function damageStoreFile(disk: SimulatedDisk, name: string, change: (bytes: Buffer) => Buffer): void {
  const bytes = change(readStoreFile(disk, name));
  const [path] = disk.medium.files().find(([each]) => each.startsWith(storePath) && each.endsWith(name))!;
  const file = disk.startProcess().open(path, 'write');
  file.truncate(0);
  if (bytes.length > 0) file.write(bytes, 0, bytes.length, 0);
  file.sync();
  file.close();
}

/** Flips one bit. */
export function flipBit(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1;
  return bytes;
}

/** Every file of the store as text that can be compared, except the note of who has it open. */
export function snapshot(disk: SimulatedDisk): Record<string, string> {
  const files = disk.medium.files().filter(([path]) => !/\/writer\.(json|json\.tmp|lock)$/.test(path));
  return Object.fromEntries(files.map(([path, file]) => [path, Buffer.from(file.bytes).toString('base64')]));
}
