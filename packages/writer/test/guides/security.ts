/** The examples of docs/security.md, run one after the other. Each region is a block of the page. */
import { EventStore } from '@varve/writer';

const storageDirectory = './data';

// #region secret
const store = await EventStore.open('shop', {
  storageDirectory,
  storageConfig: { hmacSecret: process.env['EVENT_STORE_HMAC_SECRET'] ?? 'only for this example' },
});
// #endregion
store.createEventStream('paid', (event) => event.type === 'Paid');
await store.close();

const again = await EventStore.open('shop', {
  storageDirectory,
  storageConfig: { hmacSecret: 'only for this example' },
});
again.commit('order-1', [{ type: 'Ordered' }, { type: 'Paid' }]);
console.log(again.getEventStream('paid').events);
await again.close();
