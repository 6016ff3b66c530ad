import type { EventEmitter } from 'node:events';

/** Resolves when the emitter emits one of the events, or `signal` aborts. */
export function nextEvent(emitter: EventEmitter, events: readonly string[], signal?: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of events) emitter.off(event, done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    for (const event of events) emitter.on(event, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
