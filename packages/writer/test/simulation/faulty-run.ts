/**
 * A workload in which one call, or every call from one on, fails. It keeps a record of what was acknowledged, which must be
 * there when the fault is gone, and of what was accepted, of which each commit may be there in whole.
 */
import {
  type CallKind,
  failNth,
  type Fault,
  ManualClock,
  type Medium,
  SeededRandom,
  SimulatedDisk,
  type SimulatedProcess,
} from '@varve/core/testing';
import { hasErrorCode, VarveError } from '@varve/core';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { commitsFound, type ModelCommit, type ModelPart } from './commits-found.ts';
import { dataDirectory, storeName } from './recorded-run.ts';
import { redone } from './redone.ts';
import { assertRefusalIsNeeded } from './refusal.ts';

export interface FaultCase {
  readonly name: string;
  readonly kinds: readonly CallKind[];
  readonly fault: Fault;
  readonly isLasting: boolean;
}

const all: readonly CallKind[] = [
  'open',
  'create',
  'stat',
  'list',
  'makeDirectory',
  'rename',
  'remove',
  'syncDirectory',
  'lock',
  'read',
  'write',
  'truncate',
  'sync',
];
const growing: readonly CallKind[] = ['create', 'makeDirectory', 'write', 'rename'];

const faults: readonly Omit<FaultCase, 'isLasting'>[] = [
  { name: 'EIO', kinds: all, fault: { code: 'EIO' } },
  { name: 'a full disk', kinds: growing, fault: { code: 'ENOSPC' } },
  { name: 'too many open files', kinds: ['open', 'create', 'lock'], fault: { code: 'EMFILE' } },
  { name: 'a short write', kinds: ['write'], fault: { shortBytes: 7 } },
  { name: 'a write of nothing', kinds: ['write'], fault: { shortBytes: 0 } },
  { name: 'a failed sync', kinds: ['sync', 'syncDirectory'], fault: { code: 'EIO' } },
  { name: 'a failed sync that gives writes up', kinds: ['sync'], fault: { code: 'EIO', losesWrites: true } },
];

export const faultCases: readonly FaultCase[] = faults.flatMap((each) => [
  { ...each, isLasting: false },
  { ...each, name: `${each.name}, lasting`, isLasting: true },
]);

/** What the run was promised. */
export class FaultyRun {
  readonly accepted: ModelCommit[] = [];
  flushed = 0;
  durable = 0;
  /** Whether a call failed at all. */
  wasHit = false;
  /** What the constructor, `commit`, `close` and the promises threw. */
  readonly errors: unknown[] = [];
  readonly disk: SimulatedDisk;
  readonly clock = new ManualClock();
  private readonly options: WriteOptions;
  private readonly random = new SeededRandom(5);
  private openStore: EventStore | undefined;

  constructor(disk: SimulatedDisk, options: WriteOptions) {
    this.disk = disk;
    this.options = options;
  }

  /** Another run that continues from here, on a computer of its own. */
  copy(): FaultyRun {
    const copy = new FaultyRun(new SimulatedDisk(this.disk.medium.copy()), this.options);
    copy.accepted.push(...this.accepted);
    copy.flushed = this.flushed;
    copy.durable = this.durable;
    return copy;
  }

  get store(): EventStore {
    return this.openStore!;
  }

  /** Runs until the first error; the `nth` call of the case's kinds fails. */
  async run({ kinds, fault, isLasting }: FaultCase, nth: number, script: Script): Promise<void> {
    const plan = failNth({ kinds, nth, isLasting, fault });
    const process = this.disk.startProcess();
    this.disk.faults = (call) => {
      const planned = plan(call);
      this.wasHit ||= planned !== undefined;
      return planned;
    };
    try {
      this.open(process);
      await script(this, process);
      await this.store.close();
      // A writer that failed before has reported it, and closes without a further error.
      if (this.errors.length === 0) this.durable = this.accepted.length;
    } catch (error) {
      this.errors.push(error);
      await this.openStore?.close().catch((second: unknown) => this.errors.push(second));
    }
    await new Promise((resolve) => setImmediate(resolve));
    this.disk.faults = undefined;
    if (process.openFiles.length > 0) throw new Error(`Left open: ${process.openFiles.join(', ')}`);
    const late = process.callsOnClosedFiles;
    if (late.length > 0) throw new Error(`After closing: ${late.join(', ')}`);
    if (this.disk.locks.size > 0) throw new Error(`Left locked: ${[...this.disk.locks.keys()].join(', ')}`);
    for (const error of this.errors) if (!(error instanceof StandstillError && mayWait(fault))) assertIsClear(error);
  }

  /** Closes the store and opens it again, in the middle of a script. */
  async reopen(process: SimulatedProcess): Promise<void> {
    await this.store.close();
    // A writer that failed before has reported it: there is nothing to go on with.
    if (this.errors.length > 0) throw this.errors[0] as Error;
    this.durable = this.flushed = this.accepted.length;
    this.openStore = undefined;
    this.open(process);
  }

  commit(stream: string, events: readonly object[], metadata?: object): void {
    this.accept(metadata === undefined ? { stream, events } : { stream, events, metadata }, () =>
      this.store.commit(stream, events, metadata ?? {}),
    );
  }

  commitAll(first: ModelPart, ...alsoTo: readonly ModelPart[]): void {
    this.accept({ ...first, alsoTo }, () => this.store.commitAll([first, ...alsoTo]));
  }

  async commitDurably(stream: string, events: readonly object[]): Promise<void> {
    this.accepted.push({ stream, events });
    const count = this.accepted.length;
    await this.settle(this.store.commit(stream, events).durable);
    this.durable = count;
    this.flushed = Math.max(this.flushed, count);
  }

  private open(process: SimulatedProcess): void {
    const storageConfig = { ...this.options, fileSystem: process, random: this.random, clock: this.clock };
    this.openStore = new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig });
    this.openStore.on('error', (error) => this.errors.push(error));
  }

  private accept(commit: ModelCommit, append: () => { readonly flushed: Promise<unknown> }): void {
    this.accepted.push(commit);
    const count = this.accepted.length;
    append().flushed.then(
      () => (this.flushed = Math.max(this.flushed, count)),
      () => undefined,
    );
  }

  /** Waits for the promise. A store would retry writing to a full disk without end: here, only for a while. */
  async settle(promise: Promise<unknown>): Promise<void> {
    const outcome = promise.then(
      () => 'done',
      (error: unknown) => error,
    );
    for (let attempt = 0; attempt < 12; attempt++) {
      const soFar = await Promise.race([outcome, this.tick()]);
      if (soFar === 'done') return;
      if (soFar !== undefined) throw soFar as Error;
      if (attempt > 8) this.clock.advance(300);
    }
    throw new StandstillError('Nothing happens any more');
  }

  async tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Opens the store without faults, and throws unless it holds what was promised, takes commits again, and keeps all of that
   * over a power cut. A disk that was already checked for as much is not opened again.
   */
  async check(medium: Medium, promised: number, checked: Map<string, number>): Promise<void> {
    const identity = `${this.accepted.length} ${medium.identity}`;
    if ((checked.get(identity) ?? -1) >= promised) return;
    checked.set(identity, promised);
    const disk = new SimulatedDisk(medium.copy());
    const found = await this.checkOnce(disk, promised, this.accepted);
    const all = [...this.accepted.slice(0, found), { stream: 'after', events: [{ is: 'well' }] }];
    await this.checkOnce(
      new SimulatedDisk(disk.medium.crashed(0, (file) => file.crashed(() => 'drop'))),
      found + 1,
      all,
    );
  }

  private async checkOnce(disk: SimulatedDisk, promised: number, commits: readonly ModelCommit[]): Promise<number> {
    const process = disk.startProcess();
    const storageConfig = {
      ...this.options,
      fileSystem: process,
      random: new SeededRandom(6),
      clock: new ManualClock(),
    };
    const config = { storageDirectory: dataDirectory, storageConfig };
    let store: EventStore;
    try {
      store = new EventStore(storeName, config);
    } catch (error) {
      if (!hasErrorCode(error, 'CORRUPTION')) throw error;
      assertRefusalIsNeeded(redone(disk.medium), error);
      store = new EventStore(storeName, { ...config, storageConfig: { ...storageConfig, lock: LOCK_RECLAIM } });
    }
    const found = commitsFound(store, commits);
    if (found < promised) throw new Error(`${found} commits are left of ${promised} that were promised`);
    await store.commit('after', [{ is: 'well' }]).durable;
    store.storage.close();
    return found;
  }
}

export type Script = (run: FaultyRun, process: SimulatedProcess) => Promise<void>;

/** What a script waits for does not happen: only while the disk is full, or takes nothing. */
class StandstillError extends Error {}

function mayWait(fault: Fault): boolean {
  return 'shortBytes' in fault || fault.code === 'ENOSPC';
}

/** Codes of errors that concern no file; at present there are none. */
const codesWithoutPath: ReadonlySet<string> = new Set([]);

/** Whatever fails, the user gets an error of Varve, with a code and the path concerned. */
function assertIsClear(error: unknown): void {
  if (!(error instanceof VarveError)) throw new Error('An error that is not one of Varve', { cause: error });
  if (error.path !== undefined || codesWithoutPath.has(error.code)) return;
  throw new Error(`An error without a path: ${error.code} ${error.message}`, { cause: error });
}
