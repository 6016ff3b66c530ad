/**
 * Small stores, each with something that the others lack: together they have every kind of file that Varve writes. They are
 * created again in each run, and are the same each time.
 */
import { type FileSystem, type ReadOptions, ReadOnlyEventStore } from '@varve/core';
import { ManualClock, SeededRandom } from '@varve/core/testing';
import { EventStore, type WriteOptions } from '@varve/writer';
import { type Line, type Reading, readingsOf, type SavedState, type Subject } from './readings.ts';
import { type Files, StoreFiles } from './store-files.ts';

/** Where the store of each specimen is. */
export const storePlace = { storageDirectory: '/data', store: 'store' } as const;
const { storageDirectory, store: storeName } = storePlace;

export interface Specimen {
  readonly name: string;
  readonly files: Files;
  /** Paths of the files that are damaged. */
  readonly targets: readonly string[];
  /** How often one of its files is damaged at random, relative to one of the others. */
  readonly share: number;
  /** For opening it again, to write and to read. */
  readonly writeOptions: WriteOptions;
  readonly readOptions: ReadOptions;
  readonly subject: Subject;
  readonly readings: readonly Reading[];
  /** By the name of the reading: what the undamaged store gives. */
  readonly expected: ReadonlyMap<string, readonly Line[]>;
  /** Position of the last event, and of the last one that nothing may remove. */
  readonly last: number;
  readonly durable: number;
}

export interface Recipe {
  readonly name: string;
  readonly writeOptions?: WriteOptions;
  readonly readOptions?: ReadOptions;
  readonly derived?: readonly string[];
  /** The files that are damaged. @default all of them */
  readonly targets?: RegExp;
  /** How often one of them is damaged at random: less for a store that is slow to read. @default 1 */
  readonly share?: number;
  readonly make: (work: Workshop) => Promise<void>;
}

/** A store that is being made: opened, written to, killed, and opened again. */
export class Workshop {
  files = new StoreFiles(new Map());
  readonly clock = new ManualClock();
  durable = 0;
  streams: readonly string[] = streamNames;
  firstPosition = 1;
  /** What was saved beside the store. */
  readonly saved: SavedState[] = [];
  readonly commitIds = new Map<string, number>();
  private readonly options: WriteOptions;
  private readonly random: SeededRandom;
  private opened: EventStore | undefined;
  private count = 0;

  constructor({ name, writeOptions = {} }: Recipe) {
    this.options = writeOptions;
    // Each store has an id of its own: the bytes of another store never pass for its own.
    this.random = new SeededRandom(Buffer.from(name).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7));
    this.files.makeDirectory(storageDirectory);
  }

  get store(): EventStore {
    return this.opened!;
  }

  get fileSystem(): StoreFiles {
    return this.files;
  }

  open(): void {
    const { files: fileSystem, clock, random } = this;
    const storageConfig = { ...this.options, fileSystem, clock, random };
    this.opened = new EventStore(storeName, { storageDirectory, storageConfig });
  }

  /** Commits this many events; now and then a commit has several, and metadata. */
  async commit(events: number, streams = this.streams): Promise<void> {
    for (let left = events; left > 0;) {
      this.clock.advance(7);
      const size = Math.min(left, this.count % 5 === 4 ? 3 : 1);
      const stream = streams[this.count % streams.length]!;
      const batch = Array.from({ length: size }, () => eventAt(++this.count));
      left -= size;
      if (size > 1) this.store.commit(stream, batch, { by: 'anna', reason: `r${this.count}` });
      else if (this.count % 7 === 3) this.commitWithId(stream, batch);
      else this.store.commit(stream, batch);
      if (this.count % 3 === 0) this.store.flush();
    }
    this.store.flush();
    await turns();
  }

  private commitWithId(stream: string, batch: readonly object[]): void {
    const commitId = `id-${this.count}`;
    this.commitIds.set(commitId, this.store.commit(stream, batch, { commitId }).position);
  }

  /** Commits an event to each stream, in one turn, and waits until all of them are durable. */
  async commitTogether(): Promise<void> {
    this.clock.advance(7);
    await Promise.all(this.streams.map((stream) => this.store.commit(stream, eventAt(++this.count)).durable));
    this.durable = this.store.position;
  }

  async makeDurable(): Promise<void> {
    this.clock.advance(7);
    await this.store.commit('user-1', eventAt(++this.count)).durable;
    this.durable = this.store.position;
  }

  async close(): Promise<void> {
    await turns();
    await this.store.close();
    this.durable = this.store.position;
    this.opened = undefined;
  }

  /** The process dies: what it wrote stays. */
  async kill(): Promise<void> {
    await turns();
    this.files = new StoreFiles(this.files.contents);
    this.opened = undefined;
  }
}

const streamNames = ['user-1', 'user-2', 'order-1', 'été/\u{1f600}'];

export function eventAt(n: number): object {
  return {
    type: n % 3 === 0 ? 'Moved' : 'Named',
    n,
    tags: n % 2 === 0 ? [`mod-${n % 4}`] : ['odd', `mod-${n % 4}`],
    text: `${n}, `.repeat(n % 5),
    ...(n % 4 === 0 ? { nested: { list: [n, -n], share: n / 7 } } : {}),
  };
}

/** Makes the store, reads it in every way, and keeps its files. */
export async function makeSpecimen(recipe: Recipe): Promise<Specimen> {
  const { name, writeOptions = {}, readOptions = {}, derived = [], targets: pattern, share = 1, make } = recipe;
  const work = new Workshop(recipe);
  await make(work);
  await turns();
  const files = work.files.contents;
  const subject = {
    streams: work.streams,
    derived,
    categories: ['user'],
    hasTerms: writeOptions.indexTypes === true,
    first: work.firstPosition,
    saved: work.saved,
    commitIds: new Map([...work.commitIds].filter(([, position]) => position >= work.firstPosition)),
  };
  const readings = readingsOf(subject);
  const fileSystem = new StoreFiles(files);
  const reader = openReader({ readOptions }, fileSystem, new ManualClock());
  const expected = new Map(readings.map((reading) => [reading.name, reading.read(reader, fileSystem)]));
  // What is saved in two slots may also be what was saved before, when the last one is damaged.
  for (const { name: key, lines } of work.saved) expected.set(key, lines.slice(-2));
  const last = reader.position;
  await reader.close();
  const targets = [...files.keys()].filter((path) => pattern?.test(path) !== false);
  const { durable } = work;
  return { name, files, targets, share, writeOptions, readOptions, subject, readings, expected, last, durable };
}

export function openReader(
  { readOptions }: Pick<Specimen, 'readOptions'>,
  fileSystem: FileSystem,
  clock: ManualClock,
): ReadOnlyEventStore {
  const config = { ...readOptions, storageDirectory, fileSystem, clock, watch: false, pollIntervalMs: 5000 };
  return new ReadOnlyEventStore(storeName, config);
}

export function openWriter(
  { writeOptions }: Pick<Specimen, 'writeOptions'>,
  fileSystem: FileSystem,
  clock: ManualClock,
): EventStore {
  const random = new SeededRandom(1);
  const storageConfig = { ...writeOptions, fileSystem, clock, random, writeBufferSize: 4096 };
  const store = new EventStore(storeName, { storageDirectory, storageConfig });
  store.on('error', () => undefined);
  return store;
}

/** Waits for work in the background to end. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
