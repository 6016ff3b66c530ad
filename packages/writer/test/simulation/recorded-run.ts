/**
 * A workload on a simulated disk that keeps book: what was committed when, what was acknowledged as durable when, all
 * in numbers of disk operations. So for a crash after any operation it can be said what must be there, and what may be.
 */
import {
  crashStates,
  ManualClock,
  type Medium,
  SeededRandom,
  SimulatedDisk,
  type SimulatedProcess,
} from '@varve/core/testing';
import { hasErrorCode, type ReadOnlyEventStore } from '@varve/core';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';

export const dataDirectory = '/data';
export const storeName = 'store';
export const storePath = `${dataDirectory}/${storeName}`;

/** A commit as a test made it. */
export interface ModelCommit {
  readonly stream: string;
  readonly events: readonly object[];
  readonly metadata?: object;
}

/** What held from one disk operation on. */
export interface Mark {
  /** Operations that had been done. */
  readonly operations: number;
  /** Commits that may be found, in order; those behind `durableCommits` may be missing from the end. */
  readonly commits: readonly ModelCommit[];
  readonly durableCommits: number;
  /** The highest epoch that was raised. */
  readonly epoch: number;
}

export class RecordedRun {
  disk: SimulatedDisk;
  /** The disk before the first recorded operation. */
  start: Medium;
  marks: Mark[] = [{ operations: 0, commits: [], durableCommits: 0, epoch: 0 }];
  readonly options: WriteOptions;
  private readonly random = new SeededRandom(0x5704e);
  private readonly clock = new ManualClock();
  private process: SimulatedProcess | undefined;
  private openStore: EventStore | undefined;
  private lostPower = false;

  constructor(options: WriteOptions) {
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
      // After a loss of power only: whether a refusal is right is checked elsewhere.
      if (!hasErrorCode(error, 'CORRUPTION') || !this.lostPower) throw error;
      store = new EventStore(storeName, { ...config, storageConfig: { ...storageConfig, lock: LOCK_RECLAIM } });
    }
    this.lostPower = false;
    // What a killed process still tries is not of interest.
    store.on('error', () => undefined);
    this.openStore = store;
    const found = commitsFound(store, this.last.commits);
    this.mark({ commits: this.last.commits.slice(0, found), durableCommits: found, epoch: store.storage.epoch });
  }

  commit(stream: string, events: readonly object[], metadata?: object): ReturnType<EventStore['commit']> {
    this.clock.setTime(this.clock.nowUs() + 1);
    const commit = metadata === undefined ? { stream, events } : { stream, events, metadata };
    // Noted before it happens: its bytes may be on the disk before `commit` returns.
    this.mark({ commits: [...this.last.commits, commit] });
    return this.store.commit(stream, events, metadata ?? {});
  }

  async commitDurably(stream: string, events: readonly object[], metadata?: object): Promise<void> {
    const commit = this.commit(stream, events, metadata);
    const count = this.last.commits.length;
    await commit.durable;
    this.mark({ durableCommits: count });
  }

  /** Lets what is buffered be flushed. */
  async tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    await this.store.close();
    this.mark({ durableCommits: this.last.commits.length });
  }

  /** The process dies; what it wrote stays. */
  kill(): void {
    this.process!.kill();
    this.openStore = undefined;
  }

  /** The machine dies; the record begins anew with what is found then. */
  cutPower(random: SeededRandom): void {
    this.kill();
    const states = [...crashStates(this.disk.medium, { random, randomStates: 6 })];
    this.disk = new SimulatedDisk(random.pick(states).medium);
    this.start = this.disk.medium.copy();
    this.marks = [{ ...this.last, operations: 0 }];
    this.lostPower = true;
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

/**
 * How many of `commits` the store holds: throws unless it holds exactly the first so many of them, in order, each
 * whole, with positions and versions without gaps.
 */
export function commitsFound(store: EventStore | ReadOnlyEventStore, commits: readonly ModelCommit[]): number {
  const positionsOf = new Map<string, number[]>();
  let count = 0;
  let inCommit = 0;
  let position = 0;
  for (const { stream, payload, metadata } of store.getAllEvents().stored()) {
    const expected = commits[count];
    if (expected === undefined) throw new Error(`There is an event behind commit ${count}: ${JSON.stringify(payload)}`);
    const event = expected.events[inCommit];
    const positions = positionsOf.get(stream) ?? [];
    positionsOf.set(stream, positions);
    const version = positions.push(position + 1);
    const { position: foundPosition, streamVersion, commitVersion, commitSize } = metadata;
    const given = Object.fromEntries(Object.keys(expected.metadata ?? {}).map((name) => [name, metadata[name]]));
    const facts = [stream, payload, given, foundPosition, streamVersion, commitVersion, commitSize];
    const size = expected.events.length;
    const wanted = [expected.stream, event, expected.metadata ?? {}, ++position, version, inCommit, size];
    if (JSON.stringify(facts) !== JSON.stringify(wanted)) {
      throw new Error(`Found ${JSON.stringify(facts)} where ${JSON.stringify(wanted)} should be`);
    }
    if (++inCommit < expected.events.length) continue;
    inCommit = 0;
    count++;
  }
  if (inCommit > 0) throw new Error(`Commit ${count} is there in part: ${inCommit} of its events`);
  for (const [stream, positions] of positionsOf) assertStreamIs(store, stream, positions);
  return count;
}

/** The index of a stream leads to its events, and to no others. */
function assertStreamIs(store: EventStore | ReadOnlyEventStore, name: string, positions: readonly number[]): void {
  const stream = store.getEventStream(name);
  const found = Array.from({ length: stream.length }, (_, index) => stream.positionAt(index));
  if (found.join() === positions.join() && store.getStreamVersion(name) === positions.length) return;
  throw new Error(`Stream ${name} has the positions ${found.join()}, not ${positions.join()}`);
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
