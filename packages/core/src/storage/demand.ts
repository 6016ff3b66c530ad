/**
 * Tells when an event of an emitter begins and ceases to be listened to, so that what is asked for each event of a
 * store costs nothing while nobody wants it.
 */
import type { EventEmitter } from 'node:events';
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

/** Tells when each listener for `event` comes, and when the last one has gone. */
export function watchListeners(emitter: EventEmitter, event: string, on: { added(): void; removedLast(): void }): void {
  emitter.on('newListener', (name) => {
    if (name === event) on.added();
  });
  emitter.on('removeListener', (name) => {
    if (name === event && emitter.listenerCount(event) === 0) on.removedLast();
  });
}
