/**
 * Detects that a worker has sent no sign of life for too long. It counts its own ticks instead of reading the clock:
 * when this process was stopped, or the machine slept, the worker is not to blame.
 */
import type { HeartbeatOptions } from './projector-options.ts';

export class SilenceWatch {
  private silentTicks = 0;
  private readonly timer: NodeJS.Timeout;

  constructor({ intervalMs, timeoutMs }: Required<HeartbeatOptions>, onSilence: () => void) {
    this.timer = setInterval(() => {
      this.silentTicks++;
      if (this.silentTicks * intervalMs < timeoutMs) return;
      this.stop();
      onSilence();
    }, intervalMs);
    this.timer.unref();
  }

  heard(): void {
    this.silentTicks = 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
