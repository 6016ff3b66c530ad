/**
 * How a writer ends: closed, or turned into a reader of what the next writer commits. Either way everything is written and
 * synced, and the store marked as cleanly closed, before the lock is released.
 *
 * Invariant: from the call on no commit is accepted, unless turning it into a reader fails for lack of room on the disk.
 */
import { VarveError } from '@varve/core';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Committer } from './committer.ts';
import type { FailureLatch } from './failure-latch.ts';
import type { RunKeeper } from './runs/run-keeper.ts';
import type { WritableStorage } from './writable-storage.ts';
import type { WriteSteps } from './write-steps.ts';

export interface WriterEndInput {
  readonly storage: WritableStorage;
  readonly acknowledgements: Acknowledgements;
  readonly committer: Committer;
  readonly failure: FailureLatch;
  readonly runs: RunKeeper;
  readonly steps: WriteSteps;
  /** Releases the lock and everything that is open for writing, and continues as a reader. */
  handOver(): void;
}

export class WriterEnd {
  private readonly input: WriterEndInput;
  private closing: Promise<void> | undefined;
  private handingOver: Promise<void> | undefined;
  private wasHandedOver = false;

  constructor(input: WriterEndInput) {
    this.input = input;
  }

  /** Whether the files must no longer be written. */
  get isOver(): boolean {
    const { failure, storage } = this.input;
    return !storage.isOpen || this.wasHandedOver || failure.error !== undefined;
  }

  /** Throws `STORE_CLOSED` or `READ_ONLY` from the moment on at which the end begins. */
  assertNotBegun(): void {
    this.assertNotClosing();
    if (this.handingOver === undefined) return;
    const { directory } = this.input.storage;
    throw new VarveError('READ_ONLY', `The store ${directory} was made read-only.`, {
      path: directory,
      hint: 'Commit in the process that writes it now; or close it here, and open it again.',
    });
  }

  async close(): Promise<void> {
    await (this.closing ??= this.closeNow());
  }

  async makeReadOnly(): Promise<void> {
    this.assertNotClosing();
    if (this.handingOver === undefined) {
      this.handingOver = this.handOverNow();
      // Before those who wait learn of it: they may go on writing, or try again.
      this.handingOver.catch(() => (this.handingOver = undefined));
    }
    await this.handingOver;
  }

  private async closeNow(): Promise<void> {
    const { failure, runs, storage } = this.input;
    if (this.handingOver !== undefined) await this.handingOver.catch(() => undefined);
    try {
      if (!this.wasHandedOver && failure.error === undefined) await this.seal();
    } finally {
      await runs.stop();
      storage.close();
    }
    failure.assertTold();
  }

  private async handOverNow(): Promise<void> {
    const { input } = this;
    await this.seal();
    try {
      this.wasHandedOver = true;
      input.handOver();
    } catch (error) {
      input.storage.close();
      throw error;
    }
  }

  /** A failure for lack of room leaves the writer as it was; any other ends it. */
  private async seal(): Promise<void> {
    const { acknowledgements, committer, failure, runs, steps, storage } = this.input;
    steps.assertOwn();
    storage.flush();
    const last = committer.lastPosition;
    await acknowledgements.settled();
    failure.assertNone();
    await runs.close(last);
    // Someone may have asked for durable events meanwhile.
    await acknowledgements.settled();
    failure.assertNone();
    failure.guard(() => committer.keepIds(last, true));
    steps.seal(last);
    acknowledgements.sealed(last);
  }

  private assertNotClosing(): void {
    if (this.closing === undefined) return;
    const { directory } = this.input.storage;
    throw new VarveError('STORE_CLOSED', `The store ${directory} was closed.`, {
      path: directory,
      hint: 'Open it again.',
    });
  }
}
