/** Passes the events of a storage on to the listeners of its store: hooks only while there are any. */
import type { EventEmitter } from 'node:events';
import { toPosition } from '../position.ts';
import type { CommitInfo } from '../storage/commit-info.ts';
import { callHook, onDemand } from '../storage/demand.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { StorageEvents } from '../storage/storage-events.ts';
import type { ReadEvents } from './read-events.ts';

export function passEvents(storage: ReadableStorage, store: EventEmitter<ReadEvents>): void {
  passHooks(storage, store);
  // In a microtask of its own: an error thrown by a listener is not a failure of the store.
  storage.on('advance', (position) => queueMicrotask(() => store.emit('advance', toPosition(position))));
  storage.on('close', () => store.emit('close'));
  const passError = (error: Error): void => void store.emit('error', error);
  // On demand, so that the storage knows whether anybody listens.
  onDemand(store, 'error', (isWanted) => storage[isWanted ? 'on' : 'off']('error', passError));
}

function passHooks(storage: ReadableStorage, store: EventEmitter<ReadEvents>): void {
  const passRead = (...values: StorageEvents['preRead']): void => callHook(store, 'preRead', ...values);
  const passCommit = (...values: StorageEvents['preCommit']): void => callHook(store, 'preCommit', ...values);
  const passCommitted = (commit: CommitInfo): void => void store.emit('commit', commit);
  onDemand(store, 'preRead', (isWanted) => storage[isWanted ? 'on' : 'off']('preRead', passRead));
  onDemand(store, 'preCommit', (isWanted) => storage[isWanted ? 'on' : 'off']('preCommit', passCommit));
  onDemand(store, 'commit', (isWanted) => storage[isWanted ? 'on' : 'off']('commit', passCommitted));
}
