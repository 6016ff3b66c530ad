/**
 * Remembers that a write or sync failed. After that nobody knows what the medium has: the writer accepts no more commits until
 * the store is opened again, and recovery finds out.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import { messageOf, type ReadableStorage } from '@varve/core/internal';
import { warnOf } from './disk-full.ts';

export interface FailureLatchInput {
  readonly directory: string;
  /** Position up to which everything was written, and that of the last accepted event. */
  positions(): { readonly flushed: number; readonly last: number };
  /** Fails those who wait for their commits; returns the highest position that was waited for, 0 when nobody waited. */
  tellCallers(failure: Error): number;
}

export class FailureLatch {
  private readonly input: FailureLatchInput;
  private failure: VarveError | undefined;
  /** Position up to which callers were told: whoever waited for a commit was told of all commits before it, too. */
  private toldPosition = 0;
  private isUntold = false;

  constructor(input: FailureLatchInput) {
    this.input = input;
  }

  /** The failure that ended the writer, or undefined. */
  get error(): VarveError | undefined {
    return this.failure;
  }

  /** Throws the failure if there was one. */
  assertNone(): void {
    if (this.failure === undefined) return;
    this.isUntold = false;
    throw this.failure;
  }

  /** Throws the failure when commits were lost of which nobody was told yet. */
  assertTold(): void {
    if (this.isUntold) this.assertNone();
  }

  /** Does the work; a failure ends the writer. Except for `DISK_FULL`, which means that nothing was left half done. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw hasErrorCode(error, 'DISK_FULL') ? error : this.poison(error);
    }
  }

  /** Records the first failure, and fails those who wait for their commits. */
  poison(cause: unknown): VarveError {
    if (this.failure !== undefined) return this.failure;
    const { directory } = this.input;
    const { flushed } = this.input.positions();
    const reason = `The store ${directory} could not be written: ${messageOf(cause).replace(/\.$/u, '')}.`;
    this.failure = new VarveError('WRITE_FAILED', reason, {
      path: directory,
      position: flushed + 1,
      cause,
      hint: `Events up to position ${flushed} were flushed. Remedy the cause, close the store, and open it again.`,
    });
    this.toldPosition = this.input.tellCallers(this.failure);
    return this.failure;
  }

  /** Reports a background error to the listeners of the storage, or to whoever can be told instead. */
  report(error: unknown, storage: ReadableStorage): void {
    const hasListener = storage.listenerCount('error') > 0;
    if (!hasListener && hasErrorCode(error, 'DISK_FULL')) warnOf(error);
    // Nobody may miss it: without a listener the error ends the process, unless a caller was told.
    else if (hasListener || this.toldPosition === 0) storage.emit('error', error as Error);
    // Closing the store reports the loss of commits after those that somebody waited for.
    else this.isUntold = this.toldPosition < this.input.positions().last;
  }
}
