/** Runs a consumer until it is killed. Arguments: the storage directory. */
import { ReadOnlyEventStore } from '@varve/core';

const [storageDirectory] = process.argv.slice(2) as [string];
const store = await ReadOnlyEventStore.open('shop', { storageDirectory });
const consumer = store.getConsumer('_all', 'held', { count: 0 }, 0, { checkpoint: { everyEvents: 1 } });
consumer.on('caught-up', (position) => process.send!({ position }));
await consumer.run(() => consumer.setState(({ count }) => ({ count: count + 1 })));
