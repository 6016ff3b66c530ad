/**
 * Random commands against a real store on a simulated disk, and against the model: whatever is done, both must say the
 * same. A reader in another process goes along, and may be behind but never wrong.
 */
import { hasErrorCode, ReadOnlyEventStore, type ReadableEventStore } from '@varve/core';
import { crashStates, ManualClock, SeededRandom, SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { emptyDisk } from '../simulation/recorded-run.ts';
import { byType } from '../simulation/workloads.ts';
import { expectedRange } from '../contract/expected-range.ts';
import { StoreModel } from './store-model.ts';

const storageDirectory = '/data';
const streams = ['a', 'b', 'c d', 'é'];

export class ModelRun {
  readonly log: string[] = [];
  private readonly random: SeededRandom;
  private readonly options: WriteOptions;
  private readonly model = new StoreModel();
  private disk = emptyDisk();
  private process!: SimulatedProcess;
  private writer!: EventStore;
  private reader!: ReadOnlyEventStore;
  private readerClock = new ManualClock();
  /** What the reader showed last: it never takes back what was flushed. */
  private readerSaw = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.options = this.randomOptions();
  }

  async run(steps: number): Promise<void> {
    this.openWriter();
    this.openReader();
    const commands: readonly [weight: number, command: () => void | Promise<void>][] = [
      [10, () => this.commit()],
      [3, () => this.conflict()],
      [8, () => this.readRange(this.writer, this.visible)],
      [4, () => this.readEvent()],
      [4, () => this.flush()],
      [3, () => this.makeDurable()],
      [5, () => this.poll()],
      [4, () => this.readRange(this.reader, this.readerSaw)],
      [1, () => this.reopen()],
      [1, () => this.killWriter()],
      [1, () => this.cutPower()],
      [1, () => this.openReader()],
    ];
    const deck = commands.flatMap(([weight, command]) => Array.from({ length: weight }, () => command));
    for (let step = 0; step < steps; step++) await this.random.pick(deck)();
    await this.reopen();
    this.compareAll();
  }

  /** What the writer shows of the model. */
  private get visible(): number {
    return this.options.dirtyReads === false ? this.model.flushed : this.model.position;
  }

  private commit(): void {
    const { random, model } = this;
    const stream = random.pick(streams);
    const events = Array.from({ length: random.chance(0.7) ? 1 : random.between(2, 6) }, () => this.randomEvent());
    const expected = random.pick([-1, model.version(stream)]);
    this.log.push(`commit ${stream} x${events.length}`);
    const commit = this.writer.commit(stream, events, expected);
    model.commit(stream, events);
    same(commit.lastPosition, model.position, 'position of a commit');
    same(commit.version, model.version(stream), 'version of a commit');
    this.noteFlush();
  }

  private conflict(): void {
    const { random, model } = this;
    const stream = random.pick(streams);
    const version = model.version(stream);
    const wrong = random.pick([version + 1, version + 7, Math.max(0, version - 1)]);
    if (wrong === version) return;
    this.log.push(`conflict ${stream}`);
    try {
      this.writer.commit(stream, this.randomEvent(), wrong);
    } catch (error) {
      if (hasErrorCode(error, 'OPTIMISTIC_CONCURRENCY')) return;
      throw error;
    }
    throw new Error(`A commit to ${stream} at version ${version} was accepted with ${wrong}`);
  }

  private readRange(store: ReadableEventStore, upTo: number): void {
    const { random, model } = this;
    const name = random.pick([...streams, '_all', 'none']);
    const events = model.stream(name, upTo);
    const [min, max] = [random.between(-9, 9), random.between(-9, 9)];
    this.log.push(`read ${name} ${min}..${max} of ${upTo}`);
    const stream = store.getEventStream(name, min, max);
    const expected = expectedRange(events.length, min, max).map((version) => events[version - 1]!);
    same(stream.version, events.length, `version of ${name}`);
    same(
      [...stream],
      expected.map(({ payload }) => payload),
      `events of ${name} ${min}..${max}`,
    );
    same(store.getStreamVersion(name), events.length, `version asked for of ${name}`);
  }

  private readEvent(): void {
    if (this.visible === 0) return;
    const position = this.random.between(1, this.visible);
    const { stream, payload, metadata } = this.writer.readEvent(position);
    same({ stream, payload, streamVersion: metadata.streamVersion }, this.model.event(position), `event ${position}`);
  }

  private flush(): void {
    this.log.push('flush');
    this.writer.flush();
    this.noteFlush();
    same(this.model.flushed, this.model.position, 'flushed position');
  }

  private async makeDurable(): Promise<void> {
    this.log.push('durable');
    const stream = this.random.pick(streams);
    const event = this.randomEvent();
    this.model.commit(stream, [event]);
    await this.writer.commit(stream, event).durable;
    this.noteFlush();
    this.model.durable = this.model.position;
  }

  /** The reader hears of everything that was flushed, by its timer or by a hint. */
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
    this.model.durable = this.model.flushed = this.model.position;
    this.openWriter();
    same(this.writer.position, this.model.position, 'position after closing');
  }

  private killWriter(): void {
    this.log.push('kill');
    this.process.kill();
    this.openWriter();
    this.model.cutTo(this.writer.position, this.model.flushed);
    this.compareAll();
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
    this.compareAll();
    this.openReader();
  }

  private compareAll(): void {
    const found = [...this.writer.getAllEvents().stored()].map(({ stream, payload, metadata }) => {
      return { stream, payload, streamVersion: metadata.streamVersion };
    });
    same(found, [...this.model.stream('_all')], 'all events');
    for (const name of streams) {
      same(
        [...this.writer.getEventStream(name)],
        this.model.stream(name).map(({ payload }) => payload),
        name,
      );
    }
  }

  /** The writer may flush by itself; it never takes back. */
  private noteFlush(): void {
    const { publishedPosition } = this.writer.storage;
    if (publishedPosition < this.model.flushed) throw new Error(`Flushed back to ${publishedPosition}`);
    this.model.flushed = publishedPosition;
  }

  private openWriter(more: WriteOptions = {}): void {
    this.process = this.disk.startProcess();
    const storageConfig = { ...this.options, ...more, fileSystem: this.process, random: this.random };
    this.writer = new EventStore('model', { storageDirectory, storageConfig });
    this.writer.on('error', () => undefined);
  }

  private openReader(): void {
    this.log.push('open reader');
    const fileSystem = this.disk.startProcess();
    this.readerClock = new ManualClock();
    const { readCacheBytes } = this.options;
    const sizes = readCacheBytes === undefined ? {} : { readCacheBytes };
    this.reader = new ReadOnlyEventStore('model', { ...sizes, storageDirectory, fileSystem, clock: this.readerClock });
    same(this.reader.position, this.model.flushed, 'position of a new reader');
    this.readerSaw = this.model.flushed;
  }

  private randomEvent(): object {
    const { random } = this;
    const size = random.chance(0.05) ? random.between(1000, 40_000) : random.below(60);
    return { type: random.pick(['x', 'yy', 'zzz']), [`f${random.below(9)}`]: 'ö'.repeat(size) };
  }

  private randomOptions(): WriteOptions {
    const { random } = this;
    return {
      partitioner: random.pick(['shared', 'perStream', byType]),
      serializer: random.pick(['msgpackr', 'json']),
      segmentBytes: random.pick([300, 5000, 1_000_000]),
      writeBufferSize: random.pick([100, 10_000, 262_144]),
      maxWriteBufferDocuments: random.pick([1, 3, Infinity]),
      dirtyReads: random.chance(0.7),
      readCacheBytes: random.pick([1, 1_000_000]),
      maxOpenFiles: random.pick([1, 10]),
      eventsPerIndexRun: random.pick([2, 10, 100_000]),
      syncOnFlush: random.chance(0.2),
    };
  }
}

function same(found: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: found ${left.slice(0, 300)}, expected ${right.slice(0, 300)}`);
}
