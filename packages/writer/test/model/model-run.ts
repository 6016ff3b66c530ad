/**
 * Random commands against a real store on a simulated disk, and against the model: whatever is done, both must agree. A reader
 * in another process reads along, and may be behind but never wrong.
 */
import { hasErrorCode, ReadOnlyEventStore } from '@varve/core';
import { crashStates, ManualClock, SeededRandom, SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { byTime, EventStore, hashed, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { emptyDisk } from '../simulation/recorded-run.ts';
import { byType } from '../simulation/workloads.ts';
import { CommitCommands } from './commit-commands.ts';
import { randomEvents, type RunState, same, streams } from './run-state.ts';
import { StoreModel } from './store-model.ts';
import { StreamCommands } from './stream-commands.ts';

const storageDirectory = '/data';

export class ModelRun implements RunState {
  readonly log: string[] = [];
  readonly random: SeededRandom;
  readonly options: WriteOptions;
  readonly model = new StoreModel();
  writer!: EventStore;
  private readonly commits = new CommitCommands(this);
  private readonly streams = new StreamCommands(this);
  private disk = emptyDisk();
  private process!: SimulatedProcess;
  private reader!: ReadOnlyEventStore;
  private readerClock = new ManualClock();
  /** The last position that the reader showed: it never takes back what was flushed. */
  private readerSaw = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.options = this.randomOptions();
  }

  async run(steps: number): Promise<void> {
    this.openWriter();
    this.openReader();
    const { commits, streams } = this;
    const commands: readonly [weight: number, command: () => void | Promise<void>][] = [
      [10, () => commits.commit()],
      [3, () => commits.conflict()],
      [4, () => commits.joint()],
      [4, () => commits.conditional()],
      [3, () => commits.commitOnce()],
      [1, () => commits.refusedStream()],
      [2, () => streams.derive()],
      [1, () => streams.deleteDerived()],
      [1, () => streams.closeStream()],
      [8, () => streams.readRange(this.writer, this.visible)],
      [3, () => streams.readTogether(this.writer, this.visible)],
      [3, () => streams.query(this.writer, this.visible)],
      [4, () => streams.readEvent()],
      [4, () => this.flush()],
      [3, () => this.makeDurable()],
      [5, () => this.poll()],
      [4, () => this.readElsewhere()],
      [1, () => this.reopen()],
      [1, () => this.killWriter()],
      [1, () => this.cutPower()],
      [1, () => this.openReader()],
    ];
    const deck = commands.flatMap(([weight, command]) => Array.from({ length: weight }, () => command));
    for (let step = 0; step < steps; step++) await this.random.pick(deck)();
    await this.reopen();
    this.streams.compareAll();
  }

  get visible(): number {
    return this.options.dirtyReads === false ? this.model.flushed : this.model.position;
  }

  /** The writer may flush by itself; it never goes back. */
  noteFlush(): void {
    const { publishedPosition } = this.writer.storage;
    if (publishedPosition < this.model.flushed) throw new Error(`Flushed back to ${publishedPosition}`);
    this.model.flushed = publishedPosition;
  }

  /** The reader learns of streams that were created or removed only when it looks, so it looks first. */
  private readElsewhere(): void {
    this.poll();
    const { reader, readerSaw } = this;
    const { streams } = this;
    this.random.pick([
      () => streams.readRange(reader, readerSaw),
      () => streams.readTogether(reader, readerSaw),
      () => streams.query(reader, readerSaw),
    ])();
  }

  private flush(): void {
    this.log.push('flush');
    this.writer.flush();
    this.noteFlush();
    same(this.model.flushed, this.model.position, 'flushed position');
  }

  private async makeDurable(): Promise<void> {
    const stream = this.random.pick(streams.filter((name) => !this.model.closed.has(name)));
    this.log.push(`durable ${stream}`);
    const payloads = randomEvents(this);
    this.model.commit([{ stream, payloads }]);
    await this.writer.commit(stream, payloads).durable;
    this.noteFlush();
    this.model.durable = this.model.position;
  }

  /** The reader learns of everything that was flushed, by its timer or by a hint. */
  private poll(): void {
    this.log.push('poll');
    if (this.random.chance(0.5)) this.disk.deliverHints();
    else this.readerClock.advance(1000);
    same(this.reader.position, this.model.flushed, 'position of the reader');
    this.readerSaw = this.model.flushed;
  }

  private async reopen(): Promise<void> {
    this.log.push('reopen');
    await this.writer.close();
    this.model.settle();
    this.openWriter();
    same(this.writer.position, this.model.position, 'position after closing');
  }

  private killWriter(): void {
    this.log.push('kill');
    this.process.kill();
    this.openWriter();
    this.model.cutTo(this.writer.position, this.model.flushed);
    this.streams.compareAll();
  }

  private cutPower(): void {
    const { random } = this;
    const states = [...crashStates(this.disk.medium, { random, randomStates: 8 })];
    const { medium, description } = random.pick(states);
    this.log.push(`power cut: ${description}`);
    this.process.kill();
    this.disk = new SimulatedDisk(medium);
    try {
      this.openWriter();
    } catch (error) {
      if (!hasErrorCode(error, 'CORRUPTION')) throw error;
      this.openWriter({ lock: LOCK_RECLAIM });
    }
    this.model.cutTo(this.writer.position, this.model.durable);
    this.streams.compareAll();
    this.openReader();
  }

  private openWriter(more: WriteOptions = {}): void {
    this.process = this.disk.startProcess();
    const storageConfig = { ...this.options, ...more, fileSystem: this.process, random: this.random };
    this.writer = new EventStore('model', { storageDirectory, storageConfig });
    this.writer.on('error', () => undefined);
    if (this.options.hmacSecret === undefined) this.streams.giveFunctionsAgain();
  }

  private openReader(): void {
    this.log.push('open reader');
    const fileSystem = this.disk.startProcess();
    this.readerClock = new ManualClock();
    const { readCacheBytes, serializer } = this.options;
    const options = {
      ...(readCacheBytes === undefined ? {} : { readCacheBytes }),
      ...(typeof serializer === 'object' ? { serializer } : {}),
    };
    this.reader = new ReadOnlyEventStore('model', {
      ...options,
      storageDirectory,
      fileSystem,
      clock: this.readerClock,
    });
    same(this.reader.position, this.model.flushed, 'position of a new reader');
    this.readerSaw = this.model.flushed;
  }

  private randomOptions(): WriteOptions {
    const { random } = this;
    const hasTerms = random.chance(0.6);
    return {
      partitioner: random.pick(['shared', 'shared', 'perStream', 'perCategory', hashed(3), byTime('day'), byType]),
      serializer: random.pick(['msgpackr', 'json', textSerializer]),
      compression: random.pick(['none', 'none', 'zstd', 'deflate']),
      segmentBytes: random.pick([300, 5000, 1_000_000]),
      writeBufferSize: random.pick([100, 10_000, 262_144]),
      maxWriteBufferDocuments: random.pick([1, 3, Infinity]),
      dirtyReads: random.chance(0.7),
      readCacheBytes: random.pick([1, 1_000_000]),
      maxOpenFiles: random.pick([1, 10]),
      eventsPerIndexRun: random.pick([2, 10, 100_000]),
      syncOnFlush: random.chance(0.2),
      ...(hasTerms ? { indexTypes: true, tagsAccessor: 'tags' } : {}),
      ...(random.chance(0.5) ? { hmacSecret: 'model' } : {}),
    };
  }
}

const textSerializer = {
  serialize: (value: unknown) => `:${JSON.stringify(value)}`,
  deserialize: (data: string) => JSON.parse(data.slice(1)) as unknown,
};
