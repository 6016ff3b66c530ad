/** The examples of docs/replicas.md. What rsync does there, a plain copy does here: the commands have a test of their own. */
import { cpSync } from 'node:fs';
import { EventStore } from '@varve/writer';

const source = await EventStore.open('shop', { storageDirectory: './data' });
source.commit('order-1', { type: 'Paid', amount: 12 });
await source.commit('order-2', { type: 'Paid', amount: 3 }).durable;
cpSync('./data', './replica', { recursive: true });

// #region read
import { ReadOnlyEventStore } from '@varve/core';

const copy = await ReadOnlyEventStore.open('shop', {
  storageDirectory: './replica',
  replica: true, // consumers take what the writer's machine cannot lose any more
  consumerDirectory: './replica-consumers', // its consumers' states are this machine's own
  watch: false, // what rsync does to a folder is seen by the timer as well
});
copy.on('error', (error) => console.error(error.message)); // reading has ended: see below
const revenue = copy.getConsumer('_all', 'revenue', 0);
revenue.on('data', (event) => revenue.setState((sum) => sum + (event as { amount: number }).amount));
// #endregion
await new Promise((resolve) => revenue.once('caught-up', resolve));
console.log(copy.position, revenue.state);
await revenue.stop();
await copy.close();
await source.close();

// #region promote
const promoted = await EventStore.open('shop', { storageDirectory: './replica' });
promoted.commit('order-3', { type: 'Paid', amount: 7 });
// #endregion
console.log(promoted.position);
await promoted.close();
