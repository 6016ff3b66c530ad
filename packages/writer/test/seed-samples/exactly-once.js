import { EventStore } from '@varve/writer';

const eventstore = new EventStore('my-event-store', { storageDirectory: './data' });
await eventstore.commit('my-stream', [{ someValue: 1 }, { someValue: 2 }]).durable;
// The sample begins with a state that is there.
const before = eventstore.getConsumer('my-stream', 'my-stream-consumer1', { projectedValue: 0 });
before.on('data', (event) => before.setState({ projectedValue: before.state.projectedValue + event.someValue }));
await new Promise((resolve) => before.once('caught-up', resolve));
await before.stop();
await eventstore.commit('my-stream', [{ someValue: 3 }, { someValue: 4 }]).durable;

// #region sample
let myConsumer = eventstore.getConsumer('my-stream', 'my-stream-consumer1');
myConsumer.on('data', (event) => {
  const newState = { ...myConsumer.state, projectedValue: myConsumer.state.projectedValue + event.someValue };
  // completed: the handler was cut short
  myConsumer.setState(newState);
});
// #endregion

await new Promise((resolve) => myConsumer.once('persisted', resolve));
console.log(myConsumer.state);
await eventstore.close();
