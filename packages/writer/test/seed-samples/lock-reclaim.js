import { leaveTornCommit, showRecovered } from './support/torn-store.js';
import { EventStore } from '@varve/writer';

await leaveTornCommit();
// #region sample
const eventstore = new EventStore('my-event-store', {
  storageConfig: { lock: EventStore.LOCK_RECLAIM },
});
// #endregion

await showRecovered(eventstore);
