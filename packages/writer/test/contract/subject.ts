/**
 * The variants of a store that must all behave alike: every partitioner, codec and way of reading, with caches and
 * segments of the usual size and with the smallest that are allowed.
 */
import {
  type FileSystem,
  type ReadableEventStore,
  ReadOnlyEventStore,
  type ReadOptions,
  type Serializer,
} from '@varve/core';
import { ManualClock, SimulatedDisk } from '@varve/core/testing';
import { byTime, EventStore, hashed, type WriteOptions } from '../../src/index.ts';

/** Gives strings in which characters need more than a byte, as soon as an event has such a character. */
const textSerializer: Serializer = {
  serialize: (value) => `:${JSON.stringify(value)}`,
  deserialize: (data: string) => JSON.parse(data.slice(1)) as unknown,
};

const partitioners = {
  shared: 'shared',
  perStream: 'perStream',
  perCategory: 'perCategory',
  'hashed(3)': hashed(3),
  'byTime(day)': byTime('day'),
  'a function that spreads commits': (_document: unknown, position: number) => `part-${position % 3}`,
} as const;

const codecs: Readonly<Record<string, Pick<WriteOptions, 'serializer' | 'compression'>>> = {
  msgpackr: { serializer: 'msgpackr' },
  json: { serializer: 'json' },
  'a serializer of its own': { serializer: textSerializer },
  'msgpackr and zstd': { serializer: 'msgpackr', compression: 'zstd' },
  'json and deflate with a dictionary': {
    serializer: 'json',
    compression: { algorithm: 'deflate', dictionary: [{ type: 'a', n: 1, text: 'ä' }] },
  },
};

const sizes = {
  usual: {},
  tiny: { segmentBytes: 1000, readCacheBytes: 1, maxOpenFiles: 1, writeBufferSize: 500 },
} as const;

export const readings = ['dirty writer', 'clean writer', 'reopened', 'recovered', 'read-only'] as const;
export type Reading = (typeof readings)[number];

export interface Subject {
  readonly title: string;
  readonly options: WriteOptions;
  readonly reading: Reading;
}

/** Every partitioner with every codec and way of reading; each of them meets both sizes. */
export function allSubjects(): Subject[] {
  return Object.entries(partitioners).flatMap(([partitionerName, partitioner], row) => {
    return Object.entries(codecs).flatMap(([codecName, codec], column) => {
      const [sizeName, size] = Object.entries(sizes)[(row + column) % 2]!;
      return readings.map((reading) => {
        const title = `${partitionerName}, ${codecName}, ${sizeName}, ${reading}`;
        return { title, options: { ...size, ...codec, partitioner }, reading };
      });
    });
  });
}

/** A store under test: written by one side, read by the other, which may be the same. */
export class Fixture {
  readonly reading: Reading;
  private options: WriteOptions;
  private readonly storageDirectory: string;
  private readonly newFileSystem: () => FileSystem;
  private readonly open = new Set<{ close(): Promise<void> }>();
  private openWriter: EventStore;

  constructor(subject: Subject, storageDirectory: string, newFileSystem: () => FileSystem) {
    this.reading = subject.reading;
    this.options = { ...subject.options, dirtyReads: subject.reading === 'dirty writer' };
    this.storageDirectory = storageDirectory;
    this.newFileSystem = newFileSystem;
    this.openWriter = this.openForWriting();
  }

  get writer(): EventStore {
    return this.openWriter;
  }

  /** What was committed, as this variant reads it. The writer may be another one afterwards. */
  async reader(): Promise<ReadableEventStore> {
    const { writer } = this;
    if (this.reading === 'dirty writer') return writer;
    writer.flush();
    if (this.reading === 'clean writer') return writer;
    if (this.reading === 'read-only') return this.openForReading();
    if (this.reading === 'reopened') await writer.close();
    // As after a kill: the store is not marked as cleanly closed.
    else writer.storage.close();
    return (this.openWriter = this.openForWriting());
  }

  /** Closes the writer and opens it again, from now on with these options as well. */
  async reopen(more: WriteOptions): Promise<EventStore> {
    await this.writer.close();
    this.options = { ...this.options, ...more };
    return (this.openWriter = this.openForWriting());
  }

  /** Lets a reader see what was committed since it was opened. */
  async refresh(reader: ReadableEventStore): Promise<void> {
    this.writer.flush();
    if (reader instanceof ReadOnlyEventStore) reader.storage.poll();
    // A writer announces what it has flushed when the flush is done.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    for (const store of this.open) await store.close();
  }

  private openForWriting(): EventStore {
    const { storageDirectory } = this;
    const storageConfig = { ...this.options, fileSystem: this.newFileSystem() };
    const store = new EventStore('contract', { storageDirectory, storageConfig });
    this.open.add(store);
    return store;
  }

  private openForReading(): ReadableEventStore {
    const { storageDirectory } = this;
    const { serializer, readCacheBytes, maxOpenFiles } = this.options;
    const given = { serializer, readCacheBytes, maxOpenFiles };
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ReadOptions;
    const clock = new ManualClock();
    const fileSystem = this.newFileSystem();
    const store = new ReadOnlyEventStore('contract', { ...options, storageDirectory, fileSystem, clock });
    this.open.add(store);
    return store;
  }
}

/** Fixtures on a disk in memory, each on one of its own. */
export function simulatedFixture(subject: Subject): Fixture {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  return new Fixture(subject, '/data', () => disk.startProcess());
}
