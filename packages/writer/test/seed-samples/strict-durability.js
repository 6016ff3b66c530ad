import { EventStore, LOCK_RECLAIM } from '@varve/writer';

// #region sample
const eventstore = new EventStore('my-event-store', {
  storageConfig: {
    lock: LOCK_RECLAIM,
    syncOnFlush: true,
  },
});
// #endregion

eventstore.commit('my-stream', [{ n: 1 }, { n: 2 }], () => console.log(eventstore.storage.durablePosition));
