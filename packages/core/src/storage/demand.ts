/**
 * Reports when an event of an emitter gets its first listener and loses its last one, so that work for each event of a
 * store costs nothing while nobody wants it.
 */
import type { EventEmitter } from 'node:events';
import { asynchronous, isPromise } from '../asynchronous.ts';
import type { StreamMetadata } from './readable-catalog.ts';

/** What hooks receive for a stream that was created without metadata. */
export const noMetadata: StreamMetadata = Object.freeze({});

/**
 * Calls `changed` with true when the first listener of `name` is added, and with false when the last one is removed.
 */
export function onDemand(emitter: EventEmitter, name: string, changed: (isWanted: boolean) => void): void {
  emitter.on('newListener', (added) => {
    if (added === name && emitter.listenerCount(name) === 0) changed(true);
  });
  emitter.on('removeListener', (removed) => {
    if (removed === name && emitter.listenerCount(name) === 0) changed(false);
  });
}

/** Calls the listeners of a hook. Throws what a listener throws, and `ASYNC_FUNCTION` when one returns a promise. */
export function callHook(emitter: EventEmitter, name: string, ...values: readonly unknown[]): void {
  for (const listener of emitter.rawListeners(name)) {
    const result: unknown = Reflect.apply(listener, emitter, values);
    if (isPromise(result)) throw asynchronous(`A listener of "${name}"`, result);
  }
}

/** Reports every listener added for `event`, and the removal of the last one. */
export function watchListeners(emitter: EventEmitter, event: string, on: { added(): void; removedLast(): void }): void {
  emitter.on('newListener', (name) => {
    if (name === event) on.added();
  });
  emitter.on('removeListener', (name) => {
    if (name === event && emitter.listenerCount(event) === 0) on.removedLast();
  });
}
