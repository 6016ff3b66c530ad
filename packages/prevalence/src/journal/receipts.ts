/**
 * Tells the callers of commands when these are as safe as was asked for. Whoever waits for the same thing waits
 * together: the store is asked once for many.
 */
import type { Commit, JointCommit } from '@varve/writer';

interface Waiting {
  readonly commit: Commit | JointCommit;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Receipts {
  private readonly step: 'flushed' | 'durable';
  /** How far the store is with this step. */
  private readonly reached: () => number;
  /** In ascending order of positions, because commits are. */
  private waiting: Waiting[] = [];
  private isAsking = false;
  /** Those who wait until nobody waits any more. */
  private readonly settling: (() => void)[] = [];

  constructor(step: 'flushed' | 'durable', reached: () => number) {
    this.step = step;
    this.reached = reached;
  }

  /** Resolves with `result` when the commit is as safe as this is about; rejects when it never will be. */
  wait<Result>(commit: Commit | JointCommit, result: Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ commit, resolve: () => resolve(result), reject });
      if (!this.isAsking) this.ask(commit);
    });
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
      (error: unknown) => this.refuse(error),
    );
  }

  private answer(commit: Commit | JointCommit): void {
    this.isAsking = false;
    const reached = Math.max(this.reached(), commit.lastPosition);
    const { waiting } = this;
    let count = 0;
    while (count < waiting.length && waiting[count]!.commit.lastPosition <= reached) waiting[count++]!.resolve();
    this.waiting = waiting.slice(count);
    if (this.waiting.length > 0) this.ask(this.waiting[0]!.commit);
    else this.settle();
  }

  private refuse(error: unknown): void {
    this.isAsking = false;
    const { waiting } = this;
    this.waiting = [];
    for (const { reject } of waiting) reject(error);
    this.settle();
  }

  private settle(): void {
    for (const resolve of this.settling.splice(0)) resolve();
  }
}
