/** A store that knows its events: docs/types.md shows the region between the marks. */
// #region docs
import { EventStore } from '@varve/writer';
import type { OrderEvents } from './order-events.js';

await using store = await EventStore.open<OrderEvents>('orders', { storageDirectory: './data' });

const commit = store.commit('order-7', [
  { type: 'OrderPlaced', orderId: '7', customer: 'Ada' },
  { type: 'ItemAdded', orderId: '7', item: 'globe', cents: 4900 },
]);

let total = 0;
for (const event of store.getEventStream('order-7')) {
  // `event` is one of the three; its type says which, and what it carries.
  if (event.type === 'ItemAdded') total += event.cents;
}
console.log(total, 'up to version', commit.version);
// #endregion docs
