import { EventStore } from '@varve/writer';

const eventstore = new EventStore('my-event-store', { storageDirectory: './data' });
await eventstore.commit('my-stream', [{ someValue: 1 }, { someValue: 2 }]).durable;

// #region sample
let myConsumer = eventstore.getConsumer('my-stream', 'my-stream-consumer1');
myConsumer.on('data', (event) => {
  // do something with event, but be sure to de-duplicate or have idempotent handling
  console.log(event);
});
// #endregion

// As the text says: it has caught up, is suspended without a listener, and goes on with the next one.
await new Promise((resolve) => myConsumer.once('caught-up', resolve));
console.log('caught up');
await myConsumer.stop();
await eventstore.commit('my-stream', { someValue: 3 }).durable;
const again = eventstore.getConsumer('my-stream', 'my-stream-consumer1');
again.on('data', (event) => console.log('again', event));
await new Promise((resolve) => again.once('caught-up', resolve));
await eventstore.close();
