/**
 * Tells the callers of commands when these are as safe as was asked for. Whoever waits for the same thing waits
 * together: the store is asked once for many.
 */
import type { Commit, JointCommit } from '@varve/writer';

interface Waiting {
  readonly commit: Commit | JointCommit;
  readonly result: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly promise: Promise<unknown>;
}

export class Receipts {
  private readonly step: 'flushed' | 'durable';
  /** How far the store is with this step. */
  private readonly reached: () => number;
  /** Told of what prevents the step, before those who wait are. */
  private readonly refused: (error: unknown) => void;
  /** In ascending order of positions, because commits are. */
  private waiting: Waiting[] = [];
  private isAsking = false;
  /** Those who wait until nobody waits any more. */
  private readonly settling: (() => void)[] = [];

  constructor(step: 'flushed' | 'durable', reached: () => number, refused: (error: unknown) => void) {
    this.step = step;
    this.reached = reached;
    this.refused = refused;
  }

  /** Resolves with `result` when the commit is as safe as this is about; rejects when it never will be. */
  wait(commit: Commit | JointCommit, result: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.waiting.push({ commit, result, resolve, reject, promise });
    if (!this.isAsking) this.ask(commit);
    return promise;
  }

  /** Resolves when nobody waits any more, whatever became of it. */
  settled(): Promise<void> {
    if (this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.settling.push(resolve));
  }

  private ask(commit: Commit | JointCommit): void {
    this.isAsking = true;
    commit[this.step].then(
      () => this.answer(commit),
      (reason: unknown) => this.refuse(reason),
    );
  }

  private answer(commit: Commit | JointCommit): void {
    this.isAsking = false;
    const reached = Math.max(this.reached(), commit.lastPosition);
    const { waiting } = this;
    let count = 0;
    while (count < waiting.length && waiting[count]!.commit.lastPosition <= reached) {
      const { resolve, result } = waiting[count++]!;
      resolve(result);
    }
    this.waiting = waiting.slice(count);
    if (this.waiting.length > 0) this.ask(this.waiting[0]!.commit);
    else this.settle();
  }

  private refuse(reason: unknown): void {
    this.isAsking = false;
    const { waiting } = this;
    this.waiting = [];
    this.refused(reason);
    for (const { promise, reject } of waiting) {
      // Who does not wait for a command is told by the system's `error`; the process does not end for it.
      promise.catch(() => undefined);
      reject(reason);
    }
    this.settle();
  }

  private settle(): void {
    for (const resolve of this.settling.splice(0)) resolve();
  }
}
