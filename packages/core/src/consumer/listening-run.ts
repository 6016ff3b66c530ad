/** A run that goes on while somebody listens to what it emits. */
import type { EventEmitter } from 'node:events';
import { watchListeners } from '../storage/demand.ts';

export interface ListeningRun {
  /** Begins the run, and resolves when it ends; undefined when there is a run that somebody else began. */
  begin(): Promise<void> | undefined;
  stop(): Promise<void>;
}

/**
 * Begins the run with the first listener to the event, and ends it when there is none; `error` is emitted when it fails. A run
 * that somebody else began goes on without listeners.
 */
export function runWhileListenedTo(emitter: EventEmitter, event: string, run: ListeningRun): void {
  let underWay: Promise<void> | undefined;
  let isEnding = false;
  const begin = (): void => {
    if (underWay !== undefined || emitter.listenerCount(event) === 0) return;
    underWay = run
      .begin()
      ?.catch((error: unknown) => void emitter.emit('error', error))
      .finally(() => {
        underWay = undefined;
        // A listener may have come after the last one had gone.
        if (isEnding) queueMicrotask(begin);
        isEnding = false;
      });
  };
  watchListeners(emitter, event, {
    added: () => queueMicrotask(begin),
    removedLast() {
      if (underWay === undefined || isEnding) return;
      isEnding = true;
      void run.stop();
    },
  });
}
