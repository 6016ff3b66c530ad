import { EventStore } from '@varve/writer';

// #region sample
const eventstore = new EventStore('my-event-store', {
  storageConfig: { syncOnFlush: true },
});
// #endregion

eventstore.commit('my-stream', { n: 1 }, () => console.log(eventstore.storage.durablePosition));
console.log(eventstore.storage.durablePosition);
