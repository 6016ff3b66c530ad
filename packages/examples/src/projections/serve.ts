/** Serves the state of a projection over HTTP, for the guide to projections. */
import { EventStore } from '@varve/writer';

const store = await EventStore.open('shop', { storageDirectory: './data' });
await store.commit('payments', { type: 'Paid', amount: 12 }).flushed;

// #region docs
import { Projector, serveProjector } from '@varve/projector';

const projections = [new URL('./revenue.js', import.meta.url)];
await using projector = new Projector({ projections, storageDirectory: './data', store: 'shop' });
await projector.start();
await using server = await serveProjector(projector, { port: 0 });

const { lastPosition } = store.commit('payments', { type: 'Paid', amount: 50 });
const response = await fetch(`${server.url}/projections/revenue?position=${lastPosition}`);
console.log(await response.json()); // { name: 'revenue', version: 1, position: 2, state: 62 }
// #endregion docs
await store.close();
