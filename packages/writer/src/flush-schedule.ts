/**
 * When buffers are written: on the next tick, at once when they are full, and while there is no room on the disk again
 * and again. Only the holder of the writer's lock may use it.
 *
 * Invariant: while there is no room, the process stays, and nothing that was accepted is given up.
 */
import type { Clock, VarveError } from '@varve/core';
import { hasErrorCode } from '@varve/core';

export interface FlushScheduleInput {
  readonly clock: Clock;
  /** Writes what is buffered. */
  flush(): void;
  /** Syncs what was written, where only that is missing. */
  sync(): void;
  /** Whether the store failed or was closed, so that its files must not be written any more. */
  isOver(): boolean;
  /** Takes an error that no caller is there for. */
  report(error: unknown): void;
}

type Timer = ReturnType<Clock['setTimer']>;

/** How often a disk that is full is tried again, beside every commit. */
const retryMs = 250;

export class FlushSchedule {
  private readonly input: FlushScheduleInput;
  private isScheduled = false;
  private full: { readonly error: VarveError; readonly hold: Timer; timer: Timer; wasReported: boolean } | undefined;

  constructor(input: FlushScheduleInput) {
    this.input = input;
  }

  /** Why nothing can be written at the moment; undefined while there is room. */
  get noRoomError(): VarveError | undefined {
    return this.full?.error;
  }

  /** To be called when something was appended to the buffers, which were accepted with it; throws what ends the writer. */
  appended(isDue: boolean): void {
    if (isDue) {
      try {
        this.input.flush();
      } catch (error) {
        if (!hasErrorCode(error, 'DISK_FULL')) throw error;
        this.report(error);
      }
    } else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => {
        this.isScheduled = false;
        this.inBackground(() => this.input.flush());
      });
    }
  }

  /** Notes that there was no room for what is to be written; it is tried again until there is. */
  noRoom(error: VarveError): void {
    if (this.full !== undefined) return;
    const { clock } = this.input;
    this.full = { error, hold: clock.holdProcess(), timer: this.startTimer(), wasReported: false };
  }

  /** Notes that everything was written. */
  hasRoom(): void {
    this.full?.timer.cancel();
    this.full?.hold.cancel();
    this.full = undefined;
  }

  /** Reports an error that came in the background; that there is no room, once. */
  report(error: unknown): void {
    if (this.full !== undefined && hasErrorCode(error, 'DISK_FULL')) {
      if (this.full.wasReported) return;
      this.full.wasReported = true;
    }
    this.input.report(error);
  }

  private startTimer(): Timer {
    return this.input.clock.setTimer(() => {
      if (this.full === undefined) return;
      this.full.timer = this.startTimer();
      this.inBackground(() => {
        this.input.flush();
        // What is left to do is to publish that it is durable.
        if (this.full !== undefined) this.input.sync();
      });
    }, retryMs);
  }

  private inBackground(work: () => void): void {
    if (this.input.isOver()) return;
    try {
      work();
    } catch (error) {
      this.report(error);
    }
  }
}
