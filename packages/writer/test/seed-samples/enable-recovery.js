import { leaveTornCommit, showRecovered } from './support/torn-store.js';

await leaveTornCommit();
// #region sample
import { EventStore, LOCK_RECLAIM } from '@varve/writer';

const eventstore = new EventStore('my-event-store', {
  storageDirectory: './data',
  storageConfig: { lock: LOCK_RECLAIM },
});
eventstore.on('ready', () => {
  // Store is fully repaired and consistent — safe to read and write
  console.log('ready');
});
// #endregion

await showRecovered(eventstore);
