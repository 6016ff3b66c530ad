/**
 * Tells when an event of an emitter begins and ceases to be listened to, so that what is asked for each event of a
 * store costs nothing while nobody wants it.
 */
import type { EventEmitter } from 'node:events';
import { asynchronous, isPromise } from '../asynchronous.ts';
import type { StreamMetadata } from './readable-catalog.ts';

/** What hooks get for a stream that was made without metadata. */
export const noMetadata: StreamMetadata = Object.freeze({});

/** Calls `changed` with true when the first listener of `name` comes, and with false when the last one has gone. */
export function onDemand(emitter: EventEmitter, name: string, changed: (isWanted: boolean) => void): void {
  emitter.on('newListener', (added) => {
    if (added === name && emitter.listenerCount(name) === 0) changed(true);
  });
  emitter.on('removeListener', (removed) => {
    if (removed === name && emitter.listenerCount(name) === 0) changed(false);
  });
}

/** Calls the listeners of a hook. Throws what one of them throws, and `ASYNC_FUNCTION`: what a promise would say comes too late. */
export function callHook(emitter: EventEmitter, name: string, ...values: readonly unknown[]): void {
  for (const listener of emitter.rawListeners(name)) {
    const result: unknown = Reflect.apply(listener, emitter, values);
    if (isPromise(result)) throw asynchronous(`A listener of "${name}"`, result);
  }
}

/** Tells when each listener for `event` comes, and when the last one has gone. */
export function watchListeners(emitter: EventEmitter, event: string, on: { added(): void; removedLast(): void }): void {
  emitter.on('newListener', (name) => {
    if (name === event) on.added();
  });
  emitter.on('removeListener', (name) => {
    if (name === event && emitter.listenerCount(event) === 0) on.removedLast();
  });
}
