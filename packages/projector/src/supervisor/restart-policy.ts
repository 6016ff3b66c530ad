/**
 * Decides whether a worker that ended is started again, and when. It counts the failures in a row without progress: a
 * worker that was killed once continues soon, one that dies at the same event every time is given up, and none is ever
 * restarted in a hot loop.
 */
import { delayAfter } from '../protocol/messages.ts';
import type { RestartOptions } from './projector-options.ts';

export class RestartPolicy {
  private readonly options: Required<RestartOptions>;
  private failuresInRow = 0;
  private furthestPosition = 0;

  constructor(options: Required<RestartOptions>) {
    this.options = options;
  }

  /** The number of failures since the last progress. */
  get failures(): number {
    return this.failuresInRow;
  }

  /** Records the position of the saved state. Only saved events count: the others are handled again after a restart. */
  saved(position: number): void {
    if (position <= this.furthestPosition) return;
    this.furthestPosition = position;
    this.failuresInRow = 0;
  }

  /** Records that the worker ran for `resetAfterMs`. */
  survived(): void {
    this.failuresInRow = 0;
  }

  /**
   * Records a failure. Returns the wait until the next start, in milliseconds, or undefined to give up, but not before
   * there were more than `allowed` in a row.
   */
  failed(allowed = 0): number | undefined {
    this.failuresInRow++;
    if (this.failuresInRow >= Math.max(this.options.maxFailures, allowed + 1)) return undefined;
    return delayAfter(this.options, this.failuresInRow);
  }

  /** Forgets the failures, because someone says that their cause was fixed. */
  forgive(): void {
    this.failuresInRow = 0;
  }
}
