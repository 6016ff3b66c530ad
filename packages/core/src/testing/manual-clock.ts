/** A clock that stands still until a test moves it, and then runs the timers that have become due. */
import type { Clock, Timer } from '../clock/clock.ts';

interface PendingTimer {
  readonly dueUs: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  private timeUs: number;
  private readonly timers = new Set<PendingTimer>();
  private heldCount = 0;

  constructor(startUs = 1_700_000_000_000_000) {
    this.timeUs = startUs;
  }

  /** Number of callers that keep the process alive at the moment. */
  get holds(): number {
    return this.heldCount;
  }

  get pendingTimers(): number {
    return this.timers.size;
  }

  nowUs(): number {
    return this.timeUs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer = { dueUs: this.timeUs + delayMs * 1000, callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  holdProcess(): Timer {
    let isHeld = true;
    this.heldCount++;
    return {
      cancel: () => {
        if (isHeld) this.heldCount--;
        isHeld = false;
      },
    };
  }

  /** Advances the time and calls the timers that became due, in the order of their time. */
  advance(ms: number): void {
    const target = this.timeUs + ms * 1000;
    for (let timer = this.nextDue(target); timer !== undefined; timer = this.nextDue(target)) {
      this.timers.delete(timer);
      this.timeUs = Math.max(this.timeUs, timer.dueUs);
      timer.callback();
    }
    this.timeUs = target;
  }

  /** Sets the time, also back; calls no timers. */
  setTime(timeUs: number): void {
    this.timeUs = timeUs;
  }

  private nextDue(targetUs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.timers) {
      if (timer.dueUs <= targetUs && (first === undefined || timer.dueUs < first.dueUs)) first = timer;
    }
    return first;
  }
}
