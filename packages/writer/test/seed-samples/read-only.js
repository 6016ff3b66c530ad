import { EventStore as Writer } from '@varve/writer';
import { execFileSync } from 'node:child_process';

if (process.argv[2] === 'write') {
  const writer = new Writer('my-event-store', { storageDirectory: './data' });
  await writer.commit('my-stream', [{ someValue: 1 }, { someValue: 2 }]).durable;
  const before = writer.getConsumer('my-stream', 'my-stream-consumer1', { projectedValue: 40 });
  before.on('data', (event) => before.setState({ projectedValue: before.state.projectedValue + event.someValue }));
  await new Promise((resolve) => before.once('caught-up', resolve));
  await before.stop();
  await writer.commit('my-stream', { someValue: 7 }).durable;
  await writer.close();
  process.exit();
}
execFileSync(process.execPath, [import.meta.filename, 'write'], { stdio: 'inherit' });

// #region sample
import { EventStore } from '@varve/writer';

const eventstore = new EventStore('my-event-store', { storageDirectory: './data', readOnly: true });
eventstore.on('ready', () => {
  let myConsumer = eventstore.getConsumer('my-stream', 'my-stream-consumer1');
  myConsumer.on('data', (event) => {
    const newState = { ...myConsumer.state, projectedValue: myConsumer.state.projectedValue + event.someValue };
    // completed: the handlers were cut short
    myConsumer.setState(newState);
    console.log(newState);
  });
  myConsumer.once('caught-up', () => eventstore.close());
});
// #endregion
