/**
 * When buffers are written: on the next tick, at once when they are full, and repeatedly while there is no room on the disk.
 * Only the holder of the writer's lock may use it.
 *
 * Invariant: while there is no room, the process stays alive, and nothing that was accepted is given up.
 */
import type { Clock, VarveError } from '@varve/core';
import { hasErrorCode } from '@varve/core';

export interface FlushScheduleInput {
  readonly clock: Clock;
  /** Writes what is buffered. */
  flush(): void;
  /** Syncs what was written, when only the sync is missing. */
  sync(): void;
  /** Whether the store failed or was closed, so that its files must no longer be written. */
  isOver(): boolean;
  /** Takes an error for which there is no caller. */
  report(error: unknown): void;
}

type Timer = ReturnType<Clock['setTimer']>;

/** How often writing to a full disk is retried, in addition to the attempt of every commit. */
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

  /** To be called when something was appended to the buffers and so accepted; throws only what ends the writer. */
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

  /** Notes that there was no room for a write; it is retried until there is. */
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

  /** Reports a background error; that there is no room, only once. */
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
        // Everything is written: what is left is to publish that it is durable.
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
