/**
 * A writer on one simulated computer, a copy of its store on another that is made again and again, and readers of the copy: one
 * that stays open and others that are opened at any moment. Whatever a reader shows must be a prefix of what the writer's store
 * once was, whole in every stream; a source that lost power has several such histories.
 */
import { type ErrorCode, hasErrorCode, ReadOnlyEventStore, VarveError } from '@varve/core';
import { crashStates, ManualClock, SeededRandom, SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { type CopyMode, copyModes, SimulatedCopy } from './simulated-copy.ts';

const storageDirectory = '/data';
const storeName = 'shop';
const streams = ['a', 'b', 'c d', 'é'];

interface ModelEvent {
  readonly stream: string;
  readonly payload: object;
}

export interface ReplicaRunOptions {
  readonly seed: number;
  readonly modes: readonly CopyMode[];
  /** Whether the source may lose power, and with it events that were copied. */
  readonly losesPower: boolean;
}

export class ReplicaRun {
  readonly log: string[] = [];
  mostBehind = 0;
  private readonly random: SeededRandom;
  private readonly options: ReplicaRunOptions;
  private readonly writeOptions: WriteOptions;
  private readonly removesOthers: boolean;
  private source = emptyDisk();
  private readonly replica = emptyDisk();
  private readonly copy: SimulatedCopy;
  private pass: Generator<string, undefined> | undefined;
  private process!: SimulatedProcess;
  private writer!: EventStore;
  private reader: ReadOnlyEventStore | undefined;
  private readonly clock = new ManualClock();
  /** What the writer's store has, and what it had each time before it lost something. */
  private history: ModelEvent[] = [];
  private readonly earlier: ModelEvent[][] = [];

  constructor(options: ReplicaRunOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.copy = new SimulatedCopy(this.replica, `${storageDirectory}/${storeName}`, this.random);
    this.removesOthers = this.random.chance(0.5);
    this.writeOptions = {
      partitioner: this.random.pick(['shared', 'shared', 'perStream']),
      serializer: this.random.pick(['msgpackr', 'json']),
      segmentBytes: this.random.pick([300, 3000, 1_000_000]),
      eventsPerIndexRun: this.random.pick([4, 20, 100_000]),
      maxWriteBufferDocuments: this.random.pick([1, 3, Infinity]),
    };
  }

  /** How often the source lost events. */
  get losses(): number {
    return this.earlier.length;
  }

  /** Throws when a reader was wrong. */
  async run(steps: number): Promise<void> {
    this.openWriter();
    const commands: readonly [weight: number, command: () => void | Promise<void>][] = [
      [10, () => this.commit()],
      [5, () => this.writer.flush()],
      [2, () => this.makeDurable()],
      [25, () => this.copyOn()],
      [1, () => this.killCopying()],
      [8, () => this.pollReader()],
      [4, () => this.openReader()],
      [1, () => this.reopenWriter()],
      [1, () => this.killWriter()],
      [this.options.losesPower ? 1 : 0, () => this.cutPower()],
    ];
    const deck = commands.flatMap(([weight, command]) => Array.from({ length: weight }, () => command));
    for (let step = 0; step < steps; step++) await this.random.pick(deck)();
    await this.finish();
  }

  /** The source stops: two full passes later a new reader has everything, and so has the one that was open all the time. */
  private async finish(): Promise<void> {
    await this.writer.close();
    this.log.push('closed');
    this.pass = undefined;
    const mode = this.options.losesPower ? this.random.pick(['rename', 'inplace'] as const) : this.anyMode();
    for (const step of this.copy.pass(() => this.source, mode, true)) this.log.push(`${mode}: ${step}`);
    this.pollReader();
    this.openReader();
    const { position } = this.reader!;
    if (position !== this.history.length) {
      throw new Error(`The last copy shows ${position} of ${this.history.length} events`);
    }
    await this.reader!.close();
  }

  private commit(): void {
    const { random } = this;
    const stream = random.pick(streams);
    const count = random.chance(0.7) ? 1 : random.between(2, 5);
    const events = Array.from({ length: count }, () => this.randomEvent());
    this.writer.commit(stream, events);
    this.history.push(...events.map((payload) => ({ stream, payload })));
    this.log.push(`commit ${stream} x${count}, to ${this.history.length}`);
  }

  private async makeDurable(): Promise<void> {
    const payload = this.randomEvent();
    await this.writer.commit('a', payload).durable;
    this.history.push({ stream: 'a', payload });
    this.log.push(`durable, to ${this.history.length}`);
  }

  private copyOn(): void {
    if (this.pass === undefined) {
      const mode = this.anyMode();
      this.log.push(`pass ${mode}`);
      this.pass = this.copy.pass(() => this.source, mode, this.removesOthers);
    }
    const step = this.pass.next();
    if (step.done === true) this.pass = undefined;
    this.log.push(step.done === true ? 'pass ends' : step.value);
  }

  private killCopying(): void {
    this.log.push('copying killed');
    this.pass = undefined;
  }

  private anyMode(): CopyMode {
    return this.random.pick(this.options.modes);
  }

  private pollReader(): void {
    if (this.reader === undefined) return;
    this.log.push('poll');
    this.clock.advance(1000);
    if (this.reader !== undefined) this.compare(this.reader);
  }

  private openReader(): void {
    this.log.push('open reader');
    const fileSystem = this.replica.startProcess();
    try {
      const options = { storageDirectory, fileSystem, clock: this.clock };
      const reader = new ReadOnlyEventStore(storeName, options);
      reader.on('error', (error) => {
        this.refused(error);
        void reader.close();
        if (this.reader === reader) this.reader = undefined;
      });
      if (this.random.chance(0.5)) void this.reader?.close();
      this.reader = reader;
      this.compare(reader);
    } catch (error) {
      if (hasErrorCode(error, 'STORE_MISSING') || this.waitsForHead(error)) return;
      if (error instanceof WrongError) throw error;
      this.refused(error as Error);
    }
  }

  /** Until the first head has come, nobody knows how far the store goes. */
  private waitsForHead(error: unknown): boolean {
    const path = `${storageDirectory}/${storeName}/head`;
    return error instanceof VarveError && error.path === path && this.replica.startProcess().stat(path) === undefined;
  }

  /** What a reader shows is a prefix of one of the histories, in all of its streams. */
  private compare(reader: ReadOnlyEventStore): void {
    const { position } = reader;
    this.mostBehind = Math.max(this.mostBehind, this.history.length - position);
    const found: ModelEvent[] = [];
    let lists: object[][];
    try {
      for (const { stream, payload } of reader.getAllEvents<object>().stored()) found.push({ stream, payload });
      lists = streams.map((name) => [...reader.getEventStream<object>(name)]);
    } catch (error) {
      this.refused(error as Error);
      return;
    }
    if (found.length !== position) throw new WrongError(`${found.length} events up to position ${position}`);
    const shown = JSON.stringify(found);
    const isPrefix = [this.history, ...this.earlier].some((all) => JSON.stringify(all.slice(0, position)) === shown);
    if (!isPrefix) throw new WrongError(`At position ${position}, what is shown never was: ${shown.slice(0, 2000)}`);
    for (const [index, name] of streams.entries()) {
      const expected = found.filter(({ stream }) => stream === name).map(({ payload }) => payload);
      if (JSON.stringify(lists[index]) === JSON.stringify(expected)) continue;
      throw new WrongError(
        `Stream ${name} at ${position}: ${JSON.stringify(lists[index])} of ${JSON.stringify(expected)}`,
      );
    }
  }

  private refused(error: Error): void {
    this.log.push(`refused: ${error.message}`);
    // Only when the source has lost events can the copy contain files of another history.
    const isLawful = ['DIVERGED', 'CORRUPTION', 'STORE_REPLACED'].some((code) =>
      hasErrorCode(error, code as ErrorCode),
    );
    if (this.earlier.length > 0 && isLawful) return;
    throw new WrongError(`A reader of the copy was refused: ${String(error.stack)}`);
  }

  private async reopenWriter(): Promise<void> {
    this.log.push('writer reopened');
    await this.writer.close();
    this.openWriter();
  }

  private killWriter(): void {
    this.log.push('writer killed');
    this.process.kill();
    this.openWriter();
    this.cutHistory();
  }

  private cutPower(): void {
    const { random } = this;
    const { medium, description } = random.pick([...crashStates(this.source.medium, { random, randomStates: 8 })]);
    this.log.push(`power cut: ${description}`);
    this.process.kill();
    this.source = new SimulatedDisk(medium);
    this.openWriter();
    this.cutHistory();
  }

  private cutHistory(): void {
    const { position } = this.writer;
    this.log.push(`the writer has ${position} of ${this.history.length}`);
    if (position === this.history.length) return;
    this.earlier.push(this.history);
    this.history = this.history.slice(0, position);
  }

  private openWriter(): void {
    this.process = this.source.startProcess();
    const base = { ...this.writeOptions, fileSystem: this.process, random: this.random };
    const open = (more: WriteOptions): EventStore =>
      new EventStore(storeName, { storageDirectory, storageConfig: { ...base, ...more } });
    try {
      this.writer = open({});
    } catch (error) {
      if (!hasErrorCode(error, 'CORRUPTION')) throw error;
      this.writer = open({ lock: LOCK_RECLAIM });
    }
    this.writer.on('error', () => undefined);
  }

  private randomEvent(): object {
    const { random } = this;
    // Often of the same size as others: then a lost frame and its successor are at the same place.
    const size = random.chance(0.05) ? random.between(1000, 20_000) : random.pick([3, 3, 3, random.below(60)]);
    const text = String(this.history.length + random.below(1000) * 1000).padStart(size, '-');
    return random.chance(0.7) ? { type: 'x', text } : { type: 'x', [`f${random.below(9)}`]: text };
  }
}

/** A reader showed something that it must not. */
class WrongError extends Error {}

function emptyDisk(): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeDirectory(storageDirectory);
  return disk;
}

export const allModes = copyModes;
