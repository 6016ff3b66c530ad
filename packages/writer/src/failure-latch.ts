/**
 * Remembers that a write or sync failed. After that nobody knows what the medium has: the writer takes no more
 * commits until the store is opened anew, and recovery finds out.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import { messageOf, type ReadableStorage } from '@varve/core/internal';
import { warnOf } from './disk-full.ts';

export interface FailureLatchInput {
  readonly directory: string;
  /** Position up to which everything was written, and that of the last event that was accepted. */
  positions(): { readonly flushed: number; readonly last: number };
  /** Tells those who wait for their commits; returns the highest position that was waited for, 0 when nobody waited. */
  tellCallers(failure: Error): number;
}

export class FailureLatch {
  private readonly input: FailureLatchInput;
  private failure: VarveError | undefined;
  /** Up to which position callers were told; whoever waits for a commit hears of all before it. */
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

  /** Throws the failure when there are commits of which nobody was told yet. */
  assertTold(): void {
    if (this.isUntold) this.assertNone();
  }

  /** Does the work; when it fails, that ends the writer. `DISK_FULL` does not: it says that nothing was left half done. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw hasErrorCode(error, 'DISK_FULL') ? error : this.poison(error);
    }
  }

  /** Takes the first failure, and tells those who wait for their commits. */
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

  /** Tells the listeners of the storage of an error that came in the background, or who is there instead. */
  report(error: unknown, storage: ReadableStorage): void {
    const hasListener = storage.listenerCount('error') > 0;
    if (!hasListener && hasErrorCode(error, 'DISK_FULL')) warnOf(error);
    // Nobody may miss it: without a listener it ends the process, unless a caller was told.
    else if (hasListener || this.toldPosition === 0) storage.emit('error', error as Error);
    // Closing the store tells of the commits behind those that somebody waited for.
    else this.isUntold = this.toldPosition < this.input.positions().last;
  }
}
