/**
 * A workload in which one call, or every call from one on, fails. It keeps book of what was acknowledged, which must be
 * there when the fault is gone, and of what was accepted, of which each commit may be there in whole.
 */
import { failNth, type CallKind, type Fault, ManualClock, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { hasErrorCode } from '@varve/core';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { commitsFound, type ModelCommit } from './commits-found.ts';
import { dataDirectory, storeName } from './recorded-run.ts';
import { fileWithGoodBehindBad } from './refusal.ts';

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
  private readonly options: WriteOptions;
  private readonly random = new SeededRandom(5);
  private readonly clock = new ManualClock();
  private store: EventStore | undefined;

  constructor(disk: SimulatedDisk, options: WriteOptions) {
    this.disk = disk;
    this.options = options;
  }

  /** Another run that goes on from here, on a computer of its own. */
  copy(): FaultyRun {
    const copy = new FaultyRun(new SimulatedDisk(this.disk.medium.copy()), this.options);
    copy.accepted.push(...this.accepted);
    copy.flushed = this.flushed;
    copy.durable = this.durable;
    return copy;
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
      const storageConfig = { ...this.options, fileSystem: process, random: this.random, clock: this.clock };
      this.store = new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig });
      this.store.on('error', (error) => this.errors.push(error));
      await script(this);
      await this.store.close();
      this.durable = this.accepted.length;
    } catch (error) {
      this.errors.push(error);
      await this.store?.close().catch((second: unknown) => this.errors.push(second));
    }
    await new Promise((resolve) => setImmediate(resolve));
    this.disk.faults = undefined;
    if (process.openFiles.length > 0) throw new Error(`Left open: ${process.openFiles.join(', ')}`);
    const late = process.callsOnClosedFiles;
    if (late.length > 0) throw new Error(`After closing: ${late.join(', ')}`);
    if (this.disk.locks.size > 0) throw new Error('The lock was not given free');
  }

  commit(stream: string, events: readonly object[]): void {
    this.accepted.push({ stream, events });
    const count = this.accepted.length;
    const commit = this.store!.commit(stream, events);
    commit.flushed.then(
      () => (this.flushed = Math.max(this.flushed, count)),
      () => undefined,
    );
  }

  async commitDurably(stream: string, events: readonly object[]): Promise<void> {
    this.accepted.push({ stream, events });
    const count = this.accepted.length;
    await this.waitFor(this.store!.commit(stream, events).durable);
    this.durable = count;
    this.flushed = Math.max(this.flushed, count);
  }

  /** A disk that is full is tried again and again, without end: not so here. */
  private async waitFor(promise: Promise<unknown>): Promise<void> {
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
    throw new Error('Nothing happens any more');
  }

  async tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Opens the store without faults, and throws unless it holds what was promised, takes commits again, and keeps all
   * of that over a loss of power.
   */
  async check(disk: SimulatedDisk, promised: number): Promise<void> {
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
      if (!hasErrorCode(error, 'CORRUPTION') || fileWithGoodBehindBad(disk.medium) === undefined) throw error;
      store = new EventStore(storeName, { ...config, storageConfig: { ...storageConfig, lock: LOCK_RECLAIM } });
    }
    const found = commitsFound(store, commits);
    if (found < promised) throw new Error(`${found} commits are left of ${promised} that were promised`);
    await store.commit('after', [{ is: 'well' }]).durable;
    store.storage.close();
    return found;
  }
}

export type Script = (run: FaultyRun) => Promise<void>;
