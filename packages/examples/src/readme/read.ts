/** The README's example of reading in another process. The README shows the region between the two marks. */
// #region readme
import { once } from 'node:events';
import { ReadOnlyEventStore } from '@varve/core';
import type { OrderEvent } from './order-event.ts';

await using store = await ReadOnlyEventStore.open('shop', { storageDirectory: './data' });
for (const event of store.getEventStream<OrderEvent>('order-7')) console.log(event);

// Follows the stream. State and position are saved as one: started again, it goes on where it was.
const consumer = store.getConsumer<{ cents: number }, OrderEvent>('order-7', 'total', { cents: 0 });
consumer.on('data', (event) => {
  if (event.type === 'ItemAdded') consumer.setState(({ cents }) => ({ cents: cents + event.cents }));
});
await once(consumer, 'caught-up');
console.log(consumer.state, 'up to position', consumer.position);
// #endregion readme
