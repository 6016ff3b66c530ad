/** Passes the hooks of a storage on to the listeners of its store, while there are any. */
import type { EventEmitter } from 'node:events';
import type { CommitInfo } from '../storage/commit-info.ts';
import { onDemand } from '../storage/demand.ts';
import type { ReadableStorage, StorageEvents } from '../storage/readable-storage.ts';
import type { ReadEvents } from './readable-event-store.ts';

export function passHooks(storage: ReadableStorage, store: EventEmitter<ReadEvents>): void {
  const passRead = (...values: StorageEvents['preRead']): void => void store.emit('preRead', ...values);
  const passCommit = (...values: StorageEvents['preCommit']): void => void store.emit('preCommit', ...values);
  const passCommitted = (commit: CommitInfo): void => void store.emit('commit', commit);
  onDemand(store, 'preRead', (isWanted) => storage[isWanted ? 'on' : 'off']('preRead', passRead));
  onDemand(store, 'preCommit', (isWanted) => storage[isWanted ? 'on' : 'off']('preCommit', passCommit));
  onDemand(store, 'commit', (isWanted) => storage[isWanted ? 'on' : 'off']('commit', passCommitted));
}
