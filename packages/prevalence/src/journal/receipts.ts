/**
 * Resolves the promises of commands when these are as safe as requested. Commands that wait for the same step wait
 * together, with one request to the store for many.
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
  /** The position up to which the store has completed this step. */
  private readonly reached: () => number;
  /** Called with the error that prevents the step, before the waiting promises are rejected. */
  private readonly refused: (error: unknown) => void;
  /** In ascending order of positions, like the commits. */
  private waiting: Waiting[] = [];
  private isAsking = false;
  /** Callbacks of `settled`, for when no command waits any more. */
  private readonly settling: (() => void)[] = [];

  constructor(step: 'flushed' | 'durable', reached: () => number, refused: (error: unknown) => void) {
    this.step = step;
    this.reached = reached;
    this.refused = refused;
  }

  /** Resolves with `result` when the commit has completed the step; rejects when it never will. */
  wait(commit: Commit | JointCommit, result: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.waiting.push({ commit, result, resolve, reject, promise });
    if (!this.isAsking) this.ask(commit);
    return promise;
  }

  /** Resolves when no command waits any more, whatever the outcomes. */
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
      // A caller that does not await its command learns of this from the system's `error` event; the process does not
      // end because of it.
      promise.catch(() => undefined);
      reject(reason);
    }
    this.settle();
  }

  private settle(): void {
    for (const resolve of this.settling.splice(0)) resolve();
  }
}
