/** Shows what a projection skipped, for the guide to projections. */
import { EventStore } from '@varve/writer';

const store = await EventStore.open('shop', { storageDirectory: './data' });
const paid = [{ amount: 12 }, { amount: null }, { amount: 50 }].map((event) => ({ type: 'Paid', ...event }));
await store.commit('payments', paid).flushed;

// #region docs
import { Projector } from '@varve/projector';

const projections = [new URL('./revenue.js', import.meta.url)];
await using projector = new Projector({ projections, storageDirectory: './data', store: 'shop' });
await projector.start();
await projector.waitFor('revenue', 3);

console.log('revenue', projector.state('revenue')?.state);
for (const { position, attempts, error, event } of projector.deadLetters('revenue')) {
  console.log(`position ${position}, after ${attempts} attempts: ${error.message}`);
  console.log(event);
}
// #endregion docs
await store.close();
