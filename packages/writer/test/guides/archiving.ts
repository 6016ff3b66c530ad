/** The examples of docs/archiving.md, run one after the other. Each region is a block of the page. */
import { hasErrorCode } from '@varve/core';
import { EventStore } from '@varve/writer';

const shop = await EventStore.open('shop', {
  storageDirectory: './data',
  storageConfig: { partitioner: ({ payload }) => `month-${Math.ceil((payload as { order: number }).order / 4)}` },
});
for (let order = 1; order <= 12; order++) shop.commit(`order-${order % 3}`, { type: 'OrderPlaced', order });

// #region archive
const { segments } = await shop.archive({ before: 9, to: './archive' });
console.log(segments.map(({ partition }) => partition)); // [ 'month-1', 'month-2' ]
// #endregion

// #region drop
const { firstPosition } = await shop.drop({ before: 8 });
console.log(firstPosition); // 5
for (const event of shop.getAllEvents(firstPosition)) console.log(event);
// #endregion

// #region reading
try {
  for (const event of shop.getEventStream('order-1')) console.log(event);
} catch (error) {
  if (!hasErrorCode(error, 'EVENTS_DROPPED')) throw error;
  for (const event of shop.getEventStream('order-1').fromPosition(shop.firstPosition)) console.log(event);
}
// #endregion
await shop.close();
