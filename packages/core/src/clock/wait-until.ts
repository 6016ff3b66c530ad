/**
 * Waits until a goal has been reached, or until a signal, a timeout or an error ends the wait. Every wake-up checks
 * again, so a spurious one does no harm.
 */
import { VarveError } from '../errors.ts';
import { checkOptions, type OptionRule, optionRules } from '../option-rules.ts';
import type { Clock } from './clock.ts';

/** How long to wait. */
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
  /** What is waited for, as text that follows "waited for" in a message. */
  readonly goal: string;
  /** Whether the goal has been reached. An error that it throws ends the wait. */
  isReached(): boolean;
  /** Calls `wake` whenever the goal may have been reached, until the returned function is called. */
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
      // Set before the check, so that a change during the check is not missed.
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
