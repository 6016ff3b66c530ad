/** A run that lasts as long as the event that it emits has listeners. */
import type { EventEmitter } from 'node:events';
import { isPromise } from '../asynchronous.ts';
import { errorOf } from '../errors.ts';
import { watchListeners } from '../storage/demand.ts';

export interface ListeningRun {
  /** Begins the run, and resolves when it ends; undefined when another caller has begun a run that goes on. */
  begin(): Promise<void> | undefined;
  stop(): Promise<void>;
}

/**
 * Begins the run with the first listener to the event, and stops it when there is none left; emits `error` when it fails. A
 * run that another caller began goes on without listeners.
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
        // A listener may have been added after the last one was removed.
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

/**
 * Calls the listeners of an event as `emit` does, and gives what they return a meaning: the result is a promise when one of
 * theirs is, so that an asynchronous listener is awaited before the next event.
 */
export function callerOf(emitter: EventEmitter, event: string): (...values: unknown[]) => Promise<unknown> | undefined {
  let known: readonly ((...values: unknown[]) => unknown)[] | undefined;
  const forget = (name: string | symbol): void => {
    if (name === event) known = undefined;
  };
  emitter.on('newListener', forget);
  emitter.on('removeListener', forget);
  return (...values) => {
    known ??= emitter.rawListeners(event) as ((...values: unknown[]) => unknown)[];
    const pending: Promise<unknown>[] = [];
    try {
      for (const listener of known) {
        const result: unknown = Reflect.apply(listener, emitter, values);
        if (isPromise(result)) pending.push(result);
      }
    } catch (error) {
      if (pending.length === 0) throw error;
      pending.unshift(Promise.reject(errorOf(error)));
    }
    return pending.length === 0 ? undefined : allOf(pending);
  };
}

/** Waits for each of them, and then throws what the first one that failed threw. */
async function allOf(pending: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(pending)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
