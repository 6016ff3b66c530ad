/** Stores on a simulated disk, for tests that crash, fail and count files. Each store is in a process of its own. */
import { ReadOnlyEventStore, type ReadOptions } from '@varve/core';
import { SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { EventStore, type EventStoreConfig, type WriteOptions } from '@varve/writer';

export class StoresOnDisk {
  readonly disk: SimulatedDisk;
  /** The process of the store that was opened last. */
  process: SimulatedProcess;

  constructor(disk = new SimulatedDisk()) {
    this.disk = disk;
    this.process = disk.startProcess();
    this.disk.makeDirectory('/data');
  }

  open(storageConfig: WriteOptions = {}, config: EventStoreConfig = {}): EventStore {
    this.process = this.disk.startProcess();
    const options = { fileSystem: this.process, ...storageConfig };
    return new EventStore('store', { storageDirectory: '/data', ...config, storageConfig: options });
  }

  openReader(options: ReadOptions = {}): ReadOnlyEventStore {
    const fileSystem = this.disk.startProcess();
    return new ReadOnlyEventStore('store', { storageDirectory: '/data', watch: false, fileSystem, ...options });
  }

  /** Folders of the partitions, without their numbers. */
  partitions(): string[] {
    const folders = this.disk.startProcess().list('/data/store/partitions') ?? [];
    return folders.map((folder) => folder.replace(/^\d+-/, '')).sort();
  }
}
