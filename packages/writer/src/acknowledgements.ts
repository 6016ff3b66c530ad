/**
 * Tells callers when their commits are flushed or durable. The storage says how far it is; this remembers who waits,
 * and causes a sync when somebody waits for one.
 */
import { GroupSync, type GroupSyncInput } from './group-sync.ts';
import { Waiters } from './waiters.ts';

export interface AcknowledgementsInput extends GroupSyncInput {
  /** Why nothing more can be acknowledged; undefined while all is well. */
  failure(): Error | undefined;
}

export class Acknowledgements {
  private readonly input: AcknowledgementsInput;
  private readonly flushWaiters = new Waiters();
  private readonly groupSync: GroupSync;

  constructor(input: AcknowledgementsInput) {
    this.input = input;
    this.groupSync = new GroupSync(input);
  }

  /** Resolves when everything up to `position` was flushed. */
  whenFlushed(position: number): Promise<void> {
    return this.whenReached(this.flushWaiters, position, this.input.flushedPosition());
  }

  /** Resolves when everything up to `position` is on the medium; causes a sync. */
  whenDurable(position: number): Promise<void> {
    const promise = this.whenReached(this.groupSync.waiters, position, this.input.durablePosition());
    if (position <= this.input.flushedPosition()) this.groupSync.startIfNeeded();
    return promise;
  }

  /** Calls back when everything up to `position` is as safe as every flush is made. */
  callWhenSafe(position: number, callback: (error?: Error) => void): void {
    const { input } = this;
    const isSafe = position <= (input.syncAll ? input.durablePosition() : input.flushedPosition());
    const waiters = input.syncAll ? this.groupSync.waiters : this.flushWaiters;
    // Always called from a turn of its own: what the callback throws is no failure of the store.
    const call = (error?: Error): void => queueMicrotask(() => callback(error));
    if (isSafe) call();
    else waiters.add({ position, reached: call, failed: call });
  }

  /** To be called after each flush. */
  flushed(position: number): void {
    this.flushWaiters.reach(position);
    this.groupSync.startIfNeeded();
  }

  /** To be called when everything was made durable at once. */
  sealed(position: number): void {
    this.flushWaiters.reach(position);
    this.groupSync.waiters.reach(position);
  }

  /** Syncs although nobody waits. */
  startSync(): void {
    this.groupSync.start();
  }

  /** Resolves when no sync is under way. */
  settled(): Promise<void> {
    return this.groupSync.settled();
  }

  /** Tells all who wait that it will not come; the result is the highest position that was waited for, 0 when nobody waited. */
  fail(error: Error): number {
    return Math.max(this.flushWaiters.fail(error), this.groupSync.waiters.fail(error));
  }

  private whenReached(waiters: Waiters, position: number, reached: number): Promise<void> {
    if (position <= reached) return Promise.resolve();
    const failure = this.input.failure();
    if (failure !== undefined) return Promise.reject(failure);
    return new Promise<void>((resolve, reject) => waiters.add({ position, reached: resolve, failed: reject }));
  }
}
