/**
 * Time and timers, behind an interface so that tests decide what time it is.
 */

export interface Clock {
  /** Microseconds since 1970, by the system's clock: may jump when somebody sets it. */
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
    const interval = setInterval(() => undefined, longestIntervalMs);
    return { cancel: () => clearInterval(interval) };
  },
};

/** Never changes; asking for it takes as long as asking for the time. */
const { timeOrigin } = performance;

const longestIntervalMs = 2 ** 31 - 1;
