// #region sample
import { EventStore } from '@varve/writer';

const eventstore = new EventStore('my-event-store', { storageDirectory: './data' });
eventstore.on('ready', () => {
  const streamVersion = eventstore.getStreamVersion('my-stream');
  eventstore.commit('my-stream', [{ foo: 'bar' }], streamVersion, () => {
    // completed: the callback was cut short
    console.log('written');
  });

  let stream = eventstore.getEventStream('my-stream');
  for (let event of stream) {
    // completed: so was the loop
    console.log(event);
  }
});
// #endregion
