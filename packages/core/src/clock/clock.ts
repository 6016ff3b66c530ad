/**
 * Time and timers, behind an interface so that tests decide what time it is.
 */

export interface Clock {
  /**
   * Microseconds since 1970. May jump between runs and differ between processes, because the operating system's clock
   * can be set.
   */
  nowUs(): number;
  /** Calls `callback` once after `delayMs`; a timer never keeps the process alive. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Keeps the process alive until the result is cancelled. */
  holdProcess(): Timer;
}

export interface Timer {
  cancel(): void;
}

export const systemClock: Clock = {
  nowUs() {
    return Math.floor((timeOrigin + performance.now()) * 1000);
  },

  setTimer(callback, delayMs) {
    const timeout = setTimeout(callback, delayMs);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },

  holdProcess() {
    const interval = setInterval(() => undefined, maxIntervalMs);
    return { cancel: () => clearInterval(interval) };
  },
};

/** Read once: it never changes, and reading it takes as long as reading the time. */
const { timeOrigin } = performance;

const maxIntervalMs = 2 ** 31 - 1;
