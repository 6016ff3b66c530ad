/** The README's example of running projections. The README shows the region between the two marks. */
// #region readme
import { Projector } from '@varve/projector';

const projections = [new URL('./order-totals.js', import.meta.url)];
await using projector = new Projector({ projections, storageDirectory: './data', store: 'shop' });
await projector.start(); // A process for each projection; one that dies is started again.

await projector.waitFor('order-totals', 3); // Its saved state contains all events up to position 3.
console.log(projector.state('order-totals'));
// #endregion readme
