import { EventStore } from '@varve/writer';

// #region sample
const eventstore = new EventStore('my-event-store', {
  storageConfig: { dirtyReads: false },
});
// #endregion

eventstore.commit('my-stream', { n: 1 }, () => console.log(eventstore.getEventStream('my-stream').length));
console.log(eventstore.getEventStream('my-stream').length);
