import { leaveTornCommit, showRecovered } from './support/torn-store.js';
import { EventStore } from '@varve/writer';

await leaveTornCommit();
// #region sample
const eventstore = new EventStore('my-event-store', {
  storageDirectory: './data',
  storageConfig: { lock: EventStore.LOCK_RECLAIM },
});
eventstore.on('ready', () => {
  // Fully repaired — safe to read and write
  console.log('ready');
});
// #endregion

await showRecovered(eventstore);
