/**
 * Spreads commits over time. A writer that fell behind, because the machine was busy or the job held it back, continues
 * at its pace and does not catch up in one burst.
 */

/** The time for which unused commits accumulate, in milliseconds. */
const burstMs = 50;

export class Pace {
  private readonly perMs: number;
  private readonly burst: number;
  private available = 0;
  private lastMs: number | undefined;

  constructor(commitsPerSecond: number) {
    this.perMs = commitsPerSecond / 1000;
    this.burst = Math.max(1, burstMs * this.perMs);
  }

  /** Takes the number of commits that are due at `nowMs`, at most `most`. `nowMs` is from a monotonic clock, in milliseconds. */
  take(nowMs: number, most: number): number {
    const elapsedMs = nowMs - (this.lastMs ?? nowMs);
    this.lastMs = nowMs;
    this.available = Math.min(this.burst, this.available + elapsedMs * this.perMs);
    const taken = Math.max(0, Math.min(most, Math.floor(this.available)));
    this.available -= taken;
    return taken;
  }
}
