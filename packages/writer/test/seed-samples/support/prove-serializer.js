/** Commits to a store with a serializer of its own, and prints how its events come back in another process's reader. */
import { EventStore } from '@varve/writer';

export async function proveSerializer(eventstore) {
  const order = { type: 'OrderPlaced', orderId: 'größe-7', lines: [{ sku: 'a', quantity: 2 }], paid: true };
  eventstore.commit('orders', order, { user: 'anna' });
  eventstore.commit('orders', [order, order]);
  const { serializer } = eventstore.storage.options;
  await eventstore.close();
  const options = { storageDirectory: './data', readOnly: true };
  const reader = new EventStore('my-event-store', { ...options, storageConfig: { serializer } });
  const events = reader.getEventStream('orders').events.map((event) => JSON.stringify(event));
  console.log(
    events.length,
    new Set(events).size,
    events[0] === JSON.stringify(order),
    reader.readEvent(1).metadata.user,
  );
  await reader.close();
  try {
    new EventStore('my-event-store', options);
  } catch (error) {
    console.log(error.code);
  }
}
