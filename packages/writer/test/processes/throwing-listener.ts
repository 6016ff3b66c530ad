/**
 * A reader, beside a writer in the same process, whose listener of `advance` throws. Reports what ended up where. Arguments:
 * the storage directory.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '../../src/index.ts';

const [storageDirectory] = process.argv.slice(2) as [string];
const said: string[] = [];

process.on('uncaughtException', ({ message }) => said.push(`uncaught: ${message}`));
const writer = await EventStore.open('shop', { storageDirectory });
const reader = await ReadOnlyEventStore.open('shop', { storageDirectory, pollIntervalMs: 5 });
reader.on('error', ({ message }) => said.push(`error: ${message}`));
reader.on('advance', () => {
  throw new Error('mine');
});
const consumer = reader.getConsumer('_all', 'counter', 0);
const consumed = consumer.run(() => consumer.setState((count) => count + 1));
for (let count = 1; count <= 2; count++) {
  writer.commit('orders', { count });
  writer.flush();
  await consumer.waitFor(count);
}
await reader.close();
await consumed;
await writer.close();
process.send!([...said, `${consumer.state} events`]);
