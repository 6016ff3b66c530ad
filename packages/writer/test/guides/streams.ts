/** The examples of docs/streams.md, run one after the other. Each region is a block of the page. */
// #region open
import { EventStore } from '@varve/writer';

const store = await EventStore.open('shop', { storageDirectory: './data' });
store.commit('order-1', [
  { type: 'Ordered', item: 'tea', amount: 12 },
  { type: 'Paid', amount: 12 },
]);
store.commit('order-2', { type: 'Ordered', item: 'milk', amount: 3 });
store.commit('refund/eu/1', { type: 'Refunded', amount: 12 }, { clerk: 'anna' });
// #endregion

interface ShopEvent {
  readonly type: string;
  readonly amount: number;
}

// #region read
const order = store.getEventStream<ShopEvent>('order-1');
for (const event of order) console.log(event.type, event.amount); // Ordered 12, Paid 12

order.forEach((event, metadata, stream) => console.log(metadata.position, stream, event.type));
for await (const event of order) console.log(event.type); // lets other work have its turn now and then
console.log(order.events.length, order.version); // 2 2
// #endregion

// #region narrow
const all = store.getAllEvents<ShopEvent>();
all.from(2).until(3); // versions 2 and 3; -1 is the last, -2 the one before
all.fromPosition(2).untilPosition(3); // the same by position in the store
all.first(2); // the two oldest
all.last(2).backwards(); // the two newest, the newest first
all.where((event) => event.amount > 10).last(1); // the newest of those that match
all.where((_event, metadata) => metadata['clerk'] === 'anna');
// #endregion
console.log(all.from(2).until(3).events.length, all.first(2).events.length, all.last(2).backwards().events[0]?.type);
console.log(all.where((event) => event.amount > 10).last(1).events[0]?.type);
console.log(all.where((_event, metadata) => metadata['clerk'] === 'anna').events.length);

// #region join
const orders = store.getJoinedStream<ShopEvent>('both orders', ['order-1', 'order-2']);
console.log(orders.backwards().events.map((event) => event.type)); // [ 'Ordered', 'Paid', 'Ordered' ]
// #endregion

// #region category
const category = store.getEventStreamForCategory<ShopEvent>('order');
const refunds = store.getEventStreamForCategory<ShopEvent>('refund/eu');
console.log(category.length, refunds.length); // 3 1
// #endregion

// #region pipe
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

await pipeline(category.toNdjson(), createWriteStream('orders.ndjson'));
await pipeline(all.toNdjson({ metadata: true }), createWriteStream('all.ndjson'));
// #endregion

// #region follow
const stop = new AbortController();
for await (const { payload, metadata, stream } of store.follow<ShopEvent>('_all', { signal: stop.signal })) {
  console.log(metadata.position, stream, payload.type);
  if (metadata.position === 4) store.commit('order-2', { type: 'Paid', amount: 3 });
  if (metadata.position === 5) stop.abort();
}
// #endregion

// #region follow-others
const options = { signal: stop.signal };
store.follow('order-2', { ...options, from: 2 }); // from version 2 on
store.getAllEvents().last(10).follow(options); // the last ten, and then what comes
store.getEventStreamForCategory('order').follow(options); // also of orders that come later
store.getJoinedStream('both', ['order-1', 'order-2']).follow(options);
all.where((event) => event.type === 'Paid').follow(options);
// #endregion
await store.close();
