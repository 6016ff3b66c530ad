/** The examples of docs/consumers.md, run one after the other. Each region is a block of the page. */
import { once } from 'node:events';
import { EventStore } from '@varve/writer';

const store = await EventStore.open('shop', { storageDirectory: './data', storageConfig: { indexTypes: true } });
store.commit('account-1', { type: 'Deposited', amount: 30 });
store.commit('account-2', { type: 'Deposited', amount: 5 });
const { lastPosition } = store.commit('account-1', { type: 'Withdrawn', amount: 10 });

interface AccountEvent {
  readonly type: 'Deposited' | 'Withdrawn';
  readonly amount: number;
}

// #region run
import { ReadOnlyEventStore } from '@varve/core';

const reader = await ReadOnlyEventStore.open('shop', { storageDirectory: './data' });
const consumer = reader.getConsumer<{ sum: number }, AccountEvent>('account-1', 'balance', { sum: 0 });

const stop = new AbortController();
const running = consumer.run(
  (event, metadata) => {
    const sign = event.type === 'Deposited' ? 1 : -1;
    consumer.setState(({ sum }) => ({ sum: sum + sign * event.amount }));
    console.log(metadata.position, consumer.state.sum); // 1 30, then 3 20
  },
  { signal: stop.signal },
);
await consumer.waitFor(lastPosition);
stop.abort();
await running; // position and state are saved
// #endregion

// #region listen
consumer.on('caught-up', (position) => console.log('all handled up to', position));
consumer.on('persisted', (position) => console.log('saved', position));
consumer.on('data', (event) => {
  consumer.setState({ sum: consumer.state.sum + event.amount });
});
consumer.on('error', (error) => console.error(error));
// #endregion
await once(consumer, 'caught-up');
consumer.removeAllListeners('data');
await consumer.stop();

// #region iterate
const letters = reader.getConsumer<object, AccountEvent>('account-1', 'letters');
for await (const { event, metadata, ack } of letters) {
  console.log('letter about', event.type, metadata.position);
  ack(); // this one and all before it will not come again
  if (metadata.position === lastPosition) break;
}
// #endregion

// #region sources
reader.getConsumer('_all', 'audit');
reader.getConsumer({ category: 'account' }, 'balances');
reader.getConsumer({ streams: ['account-1', 'account-2'] }, 'pair');
reader.getConsumer({ query: { items: [{ types: ['Withdrawn'] }] } }, 'withdrawals');
// #endregion

// #region guard
const guard = store.getConsumer<{ sum: number }, AccountEvent>('account-2', 'guard', { sum: 0 });
guard.on('data', ({ type, amount }) => {
  guard.setState(({ sum }) => ({ sum: type === 'Deposited' ? sum + amount : sum - amount }));
});

async function withdraw(amount: number): Promise<void> {
  if (guard.state.sum < amount) throw new Error(`There are only ${guard.state.sum}.`);
  const commit = store.commit('account-2', { type: 'Withdrawn', amount }, guard.version);
  await guard.waitFor(commit.lastPosition);
}

await guard.waitFor(store.position);
await withdraw(4);
await withdraw(4).catch((error: unknown) => console.log(String(error))); // Error: There are only 1.
// #endregion

// #region wait
const { state } = await reader.waitForConsumer<{ sum: number }>('account-2', 'guard', store.position, {
  timeoutMs: 5000,
});
console.log(state.sum); // 1
// #endregion

// #region scan
for (const { name, kind } of await reader.scanConsumers()) console.log(name, kind); // account-1.balance stream, ...
// #endregion

await reader.close();
await store.close();
