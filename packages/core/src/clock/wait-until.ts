/**
 * Waits until something has been reached, with an end: by a signal, by a timeout, or by an error. Whatever is waited
 * for is looked at anew at each wake-up, so a wake-up too many does no harm.
 */
import { VarveError } from '../errors.ts';
import { checkOptions, type OptionRule, optionRules } from '../option-rules.ts';
import type { Clock } from './clock.ts';

export interface WaitOptions {
  /** Ends the wait: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Ends the wait after this time: the promise rejects with `TIMED_OUT`. Without it, there is no limit. */
  readonly timeoutMs?: number;
}

const waitRules: Readonly<Record<keyof WaitOptions, OptionRule>> = {
  signal: optionRules.signal,
  timeoutMs: optionRules.durationMs,
};

export interface Wait {
  readonly clock: Clock;
  /** What is waited for, to be put behind "waited for". */
  readonly goal: string;
  /** Whether it has been reached. May throw, which ends the wait with that error. */
  isReached(): boolean;
  /** Calls `wake` whenever it may have been reached, until the function that it returns is called. */
  subscribe(wake: () => void): () => void;
}

/** Keeps the process alive until it resolves or rejects. */
export async function waitUntil(wait: Wait, options: WaitOptions = {}): Promise<void> {
  checkOptions(options, waitRules);
  const { signal, timeoutMs = Infinity } = options;
  signal?.throwIfAborted();
  if (wait.isReached()) return;
  let wake: () => void = () => undefined;
  let isLate = false;
  const onChange = (): void => wake();
  const unsubscribe = wait.subscribe(onChange);
  const hold = wait.clock.holdProcess();
  const expire = (): void => {
    isLate = true;
    wake();
  };
  const timer = timeoutMs === Infinity ? undefined : wait.clock.setTimer(expire, timeoutMs);
  signal?.addEventListener('abort', onChange);
  try {
    for (;;) {
      // Set before it is looked at: what changes while it is looked at is not missed.
      const changed = new Promise<void>((resolve) => (wake = resolve));
      if (wait.isReached()) return;
      signal?.throwIfAborted();
      if (isLate) throw timedOut(wait.goal, timeoutMs);
      await changed;
    }
  } finally {
    signal?.removeEventListener('abort', onChange);
    timer?.cancel();
    hold.cancel();
    unsubscribe();
  }
}

function timedOut(goal: string, timeoutMs: number): VarveError {
  return new VarveError('TIMED_OUT', `${timeoutMs} ms were not enough: waited for ${goal}.`, {
    expected: goal,
    hint: 'See whether the process that should get there is running, or wait for longer.',
  });
}
