/**
 * A workload on a simulated disk that keeps a record: what was committed when, and what was acknowledged as durable when, in
 * numbers of disk operations. So for a crash after any operation it is known what must be there, and what may be.
 */
import {
  crashStates,
  ManualClock,
  type Medium,
  SeededRandom,
  SimulatedDisk,
  type SimulatedProcess,
} from '@varve/core/testing';
import { hasErrorCode } from '@varve/core';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { commitsFound, type ModelCommit, type ModelPart } from './commits-found.ts';
import { counted, countingConsumer } from './counting-consumer.ts';
import { derivedName } from './derived-by-type.ts';

export const dataDirectory = '/data';
export const storeName = 'store';
export const storePath = `${dataDirectory}/${storeName}`;

/** What held from one disk operation on. */
export interface Mark {
  /** Operations that had been done. */
  readonly operations: number;
  /** Commits that may be found, in order; those after `durableCommits` may be missing from the end. */
  readonly commits: readonly ModelCommit[];
  readonly durableCommits: number;
  /** How many of these were acknowledged as flushed: they survive the process, not the machine. */
  readonly flushedCommits: number;
  /** The highest epoch that was raised. */
  readonly epoch: number;
  /** Which line of commits this is; another one begins when a crash takes the last of them. */
  readonly history: number;
  /** Where the store may begin: at the first of these, or, while events are dropped, no later than at the second. */
  readonly firstPositions: readonly [before: number, after: number];
  /** Derived streams that may be there, and those that must be. */
  readonly derived: readonly string[];
  readonly durableDerived: number;
  /** The position that the consumer saved durably; undefined when it may be of another history. */
  readonly consumed: number | undefined;
}

const beginning: Mark = {
  operations: 0,
  commits: [],
  durableCommits: 0,
  flushedCommits: 0,
  epoch: 0,
  history: 0,
  firstPositions: [1, 1],
  derived: [],
  durableDerived: 0,
  consumed: 0,
};

export class RecordedRun {
  disk: SimulatedDisk;
  /** The disk before the first recorded operation. */
  start: Medium;
  /** Whether a power cut left `start` as it is: pieces of files may be missing there before anything is recorded. */
  isStartDamaged = false;
  marks: Mark[] = [beginning];
  readonly options: WriteOptions;
  readonly clock = new ManualClock();
  private readonly random: SeededRandom;
  private process: SimulatedProcess | undefined;
  private openStore: EventStore | undefined;
  private lostPower = false;

  /** The id of the store comes from `storeSeed`. */
  constructor(options: WriteOptions, storeSeed: number) {
    this.random = new SeededRandom(storeSeed);
    this.disk = emptyDisk();
    this.start = this.disk.medium.copy();
    this.disk.operations.length = 0;
    this.options = options;
  }

  get store(): EventStore {
    return this.openStore!;
  }

  get last(): Mark {
    return this.marks.at(-1)!;
  }

  /** What held after this many operations. */
  markAt(operations: number): Mark {
    let index = this.marks.length - 1;
    while (this.marks[index]!.operations > operations) index--;
    return this.marks[index]!;
  }

  open(): void {
    const { random, clock } = this;
    this.process = this.disk.startProcess();
    const storageConfig = { ...this.options, fileSystem: this.process, random, clock };
    const config = { storageDirectory: dataDirectory, storageConfig };
    let store: EventStore;
    try {
      store = new EventStore(storeName, config);
    } catch (error) {
      // Only after a power cut: whether a refusal is right is checked elsewhere.
      if (!hasErrorCode(error, 'CORRUPTION') || !this.lostPower) throw error;
      store = new EventStore(storeName, { ...config, storageConfig: { ...storageConfig, lock: LOCK_RECLAIM } });
    }
    this.lostPower = false;
    // What a killed process still tries does not matter.
    store.on('error', () => undefined);
    this.openStore = store;
    const { commits, history } = this.last;
    const found = commitsFound(store, commits);
    this.mark({
      commits: commits.slice(0, found),
      durableCommits: found,
      flushedCommits: found,
      epoch: store.storage.epoch,
      history: found < commits.length ? history + 1 : history,
      durableDerived: this.last.derived.length,
    });
  }

  commit(stream: string, events: readonly object[], metadata?: object): ReturnType<EventStore['commit']> {
    const commit = metadata === undefined ? { stream, events } : { stream, events, metadata };
    return this.noted(commit, () => this.store.commit(stream, events, metadata ?? {}));
  }

  /** One commit to several streams. */
  commitAll(first: ModelPart, ...others: readonly ModelPart[]): ReturnType<EventStore['commitAll']> {
    return this.noted({ ...first, alsoTo: others }, () => this.store.commitAll([first, ...others]));
  }

  async commitDurably(stream: string, events: readonly object[], metadata?: object): Promise<void> {
    const commit = this.commit(stream, events, metadata);
    const count = this.last.commits.length;
    const derived = this.last.derived.length;
    await commit.durable;
    this.mark({
      durableCommits: count,
      flushedCommits: Math.max(count, this.last.flushedCommits),
      durableDerived: derived,
    });
  }

  /** A derived stream of the events of one type: named after it, which is how the check knows what must be in it. */
  derive(type: string): void {
    this.mark({ derived: [...this.last.derived, type] });
    this.store.createEventStream(derivedName(type), { type });
  }

  archive(before: number, to: string): Promise<unknown> {
    return this.store.archive({ before, to });
  }

  async drop(before: number): Promise<void> {
    const [first] = this.last.firstPositions;
    this.mark({ firstPositions: [first, before] });
    const { firstPosition } = await this.store.drop({ before });
    this.mark({ firstPositions: [firstPosition, firstPosition] });
  }

  /** Continues as a reader, by which nothing is written, until `open`. */
  async makeReadOnly(): Promise<void> {
    await this.store.makeReadOnly();
    this.mark(this.allDurable);
    this.store.storage.close();
  }

  /** Has a consumer take all existing events, and save after every second one. */
  async consume(isDurable: boolean): Promise<void> {
    const { store } = this;
    const consumer = countingConsumer(store, isDurable);
    consumer.on('persisted', (position) => {
      if (isDurable) this.mark({ consumed: position });
    });
    const running = consumer.run((event) => consumer.setState((state) => counted(state, event)));
    await consumer.waitFor(store.position);
    await consumer.stop();
    await running;
  }

  /** Lets what is buffered be flushed. */
  async tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    await this.store.close();
    this.mark(this.allDurable);
  }

  /** The process dies; what it wrote stays. */
  kill(): void {
    this.process!.kill();
    this.openStore = undefined;
  }

  /** The machine dies; the record begins again with what is found then. */
  cutPower(random: SeededRandom): void {
    this.kill();
    const states = [...crashStates(this.disk.medium, { random, randomStates: 6 })];
    this.disk = new SimulatedDisk(random.pick(states).medium);
    this.start = this.disk.medium.copy();
    this.isStartDamaged = true;
    // Until the store is recovered, nothing says how far it is written.
    this.marks = [{ ...this.last, operations: 0, flushedCommits: 0 }];
    this.lostPower = true;
  }

  private get allDurable(): Partial<Mark> {
    const { commits, derived } = this.last;
    return { durableCommits: commits.length, flushedCommits: commits.length, durableDerived: derived.length };
  }

  private noted<Result extends { readonly flushed: Promise<unknown> }>(
    commit: ModelCommit,
    append: () => Result,
  ): Result {
    this.clock.setTime(this.clock.nowUs() + 1);
    // Noted before it happens: its bytes may be on the disk before `commit` returns.
    this.mark({ commits: [...this.last.commits, commit] });
    const count = this.last.commits.length;
    const { history } = this.last;
    const result = append();
    result.flushed.then(
      () => {
        if (history === this.last.history && count > this.last.flushedCommits) this.mark({ flushedCommits: count });
      },
      () => undefined,
    );
    return result;
  }

  private mark(change: Partial<Mark>): void {
    this.marks.push({ ...this.last, ...change, operations: this.disk.operations.length });
  }
}

export function emptyDisk(): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeDirectory(dataDirectory);
  return disk;
}

/** Paths of files that are in one and not in the other, or differ. */
export function changedFiles(before: Medium, after: Medium): string[] {
  const old = new Map(before.files().map(([path, file]) => [path, Buffer.from(file.bytes)]));
  const changed = new Set<string>(old.keys());
  for (const [path, file] of after.files()) {
    if (old.get(path)?.equals(file.bytes) === true) changed.delete(path);
    else changed.add(path);
  }
  return [...changed];
}
