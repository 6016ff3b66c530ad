/**
 * Remembers that a write or sync failed. After that nobody knows what the medium has: the writer takes no more
 * commits until the store is opened anew, and recovery finds out.
 */
import { VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';

export class FailureLatch {
  private readonly directory: string;
  private failure: VarveError | undefined;
  private wasCallerTold = false;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The failure that ended the writer, or undefined. */
  get error(): VarveError | undefined {
    return this.failure;
  }

  /** Throws the failure if there was one. */
  assertNone(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Takes the first failure; `tellCallers` tells those who wait for their commits, and says how many they were. */
  poison(cause: unknown, flushedPosition: number, tellCallers: (failure: Error) => number): VarveError {
    if (this.failure !== undefined) return this.failure;
    const reason = `The store ${this.directory} could not be written: ${messageOf(cause)}.`;
    this.failure = new VarveError('WRITE_FAILED', reason, {
      path: this.directory,
      position: flushedPosition + 1,
      cause,
      hint:
        `Events up to position ${flushedPosition} were flushed. ` +
        'Remedy the cause, close the store, and open it again.',
    });
    this.wasCallerTold = tellCallers(this.failure) > 0;
    return this.failure;
  }

  /** Whether the failure must be reported although it came in the background: nobody may miss it. */
  mustBeReported(hasListener: boolean): boolean {
    return hasListener || !this.wasCallerTold;
  }
}
