/** The README's example of writing. The README shows the region between the two marks, and a test compares them. */
// #region readme
import { EventStore } from '@varve/writer';

await using store = await EventStore.open('shop', { storageDirectory: './data' });

// One event or several, all or none. They have their places in the store when `commit` returns.
const commit = store.commit('order-7', [
  { type: 'OrderPlaced', customer: 'Ada' },
  { type: 'ItemAdded', item: 'globe', cents: 4900 },
]);
await commit.flushed; // Other processes can see them now. `commit.durable` waits for the disk.

// Committed only if the stream still is what was read; otherwise an OptimisticConcurrencyError.
const { events, version } = store.getEventStream('order-7');
if (events.length < 10) store.commit('order-7', { type: 'ItemAdded', item: 'atlas', cents: 2500 }, version);
// #endregion readme
