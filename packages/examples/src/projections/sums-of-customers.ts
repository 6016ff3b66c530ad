/** Reads the state of a projection in parts, for the guide to projections. */
import { EventStore } from '@varve/writer';

const writer = await EventStore.open('shop', { storageDirectory: './data' });
for (const [customer, amount] of Object.entries({ anna: 12, ben: 3, cleo: 50 })) {
  writer.commit(`order-${customer}`, { type: 'Ordered', customer, amount });
}
await writer.commit('order-anna', { type: 'Ordered', customer: 'anna', amount: 30 }).flushed;
const { Projector } = await import('@varve/projector');
const projections = [new URL('./customers.js', import.meta.url)];
const projector = new Projector({ projections, storageDirectory: './data', store: 'shop' });
await projector.start();
await projector.waitFor('customers', 4);

// #region docs
import { readProjectionState } from '@varve/projector';
import { projection } from './customers.js';

const { state, position, version } = readProjectionState(projection, { storageDirectory: './data', store: 'shop' });
console.log(state, `as of position ${position}, version ${version}`);
// #endregion docs
await projector.stop();
await writer.close();
