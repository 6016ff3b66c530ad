/**
 * Tells callers when their commits are flushed or durable. The storage reports how far it has written and synced; this class
 * keeps the waiters, and starts a sync when someone waits for one.
 */
import { GroupSync, type GroupSyncInput } from './group-sync.ts';
import { type Waiter, Waiters } from './waiters.ts';

export interface AcknowledgementsInput extends GroupSyncInput {
  /** Why nothing more can be acknowledged; undefined while all is well. */
  failure(): Error | undefined;
}

export class Acknowledgements {
  private readonly input: AcknowledgementsInput;
  private readonly flushWaiters = new Waiters();
  private readonly groupSync: GroupSync;
  /** Why nobody can be told any more. */
  private ended: Error | undefined;

  constructor(input: AcknowledgementsInput) {
    this.input = input;
    this.groupSync = new GroupSync(input);
  }

  /** Resolves with the commit once everything up to its last event, at `position`, is flushed. */
  whenFlushed<Commit>(position: number, commit: Commit): Promise<Commit> {
    return this.whenReached(this.flushWaiters, this.input.flushedPosition(), position, commit);
  }

  /** Resolves with the commit once everything up to its last event, at `position`, is on the medium; causes a sync. */
  whenDurable<Commit>(position: number, commit: Commit): Promise<Commit> {
    const promise = this.whenReached(this.groupSync.waiters, this.input.durablePosition(), position, commit);
    if (position <= this.input.flushedPosition()) this.groupSync.startIfNeeded();
    return promise;
  }

  /** Calls back once everything up to `position` is durable, with `syncAll`, or flushed, without it. */
  callWhenSafe(position: number, callback: (error?: Error) => void): void {
    const { input } = this;
    const isSafe = position <= (input.syncAll ? input.durablePosition() : input.flushedPosition());
    const waiters = input.syncAll ? this.groupSync.waiters : this.flushWaiters;
    // Always called in a microtask of its own: an error that the callback throws is not a failure of the store.
    const call = (error?: Error): void => queueMicrotask(() => callback(error));
    if (isSafe) call();
    else if (this.ended !== undefined) call(this.ended);
    else waiters.add({ position, reached: call, failed: call });
  }

  /** To be called after each flush. */
  flushed(position: number): void {
    this.flushWaiters.reach(position);
    this.groupSync.startIfNeeded();
  }

  /** To be called when everything up to `position` was made durable in one step. */
  sealed(position: number): void {
    this.flushWaiters.reach(position);
    this.groupSync.waiters.reach(position);
  }

  /** Whether someone waits for what is flushed now to become durable. */
  get isSyncWanted(): boolean {
    return this.groupSync.isWanted;
  }

  /** Starts a sync although nobody waits for one. */
  startSync(): void {
    this.groupSync.start();
  }

  /** Resolves when no sync is under way. */
  settled(): Promise<void> {
    return this.groupSync.settled();
  }

  /** Fails all waiters. Returns the highest position that was waited for, 0 when nobody waited. */
  fail(error: Error): number {
    this.ended = error;
    return Math.max(this.flushWaiters.fail(error), this.groupSync.waiters.fail(error));
  }

  private whenReached<Commit>(waiters: Waiters, reached: number, position: number, commit: Commit): Promise<Commit> {
    if (position <= reached) return Promise.resolve(commit);
    const failure = this.input.failure() ?? this.ended;
    if (failure !== undefined) return Promise.reject(failure);
    return new Promise((resolve, reject) => waiters.add(new Promised(position, commit, resolve, reject)));
  }
}

/** One promise per commit and no closure beside it: with many waiters, these objects are most of what a sync costs. */
class Promised<Commit> implements Waiter {
  readonly position: number;
  readonly failed: (error: Error) => void;
  private readonly commit: Commit;
  private readonly resolve: (commit: Commit) => void;

  constructor(position: number, commit: Commit, resolve: (commit: Commit) => void, reject: (error: Error) => void) {
    this.position = position;
    this.commit = commit;
    this.resolve = resolve;
    this.failed = reject;
  }

  reached(): void {
    this.resolve(this.commit);
  }
}
