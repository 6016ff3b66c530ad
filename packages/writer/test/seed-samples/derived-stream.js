import { EventStore } from '@varve/writer';

const eventstore = new EventStore('my-event-store', { storageDirectory: './data' });
for (const type of ['FooHappened', 'BazHappened', 'BarHappened']) eventstore.commit('my-stream', { type });

// #region sample
let myProjectionStream = eventstore.createStream('my-projection-stream', (event) =>
  ['FooHappened', 'BarHappened'].includes(event.type),
);

for (let event of myProjectionStream) {
  // completed: the loop was cut short
  console.log(event.type);
}
// #endregion

eventstore.commit('other-stream', { type: 'BarHappened' });
console.log(eventstore.getStreamVersion('my-projection-stream'));
