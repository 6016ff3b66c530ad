/** The examples of docs/repair.md. */
const { readFileSync, writeFileSync } = await import('node:fs');
const { EventStore } = await import('@varve/writer');

const store = await EventStore.open('shop', { storageDirectory: './data', storageConfig: { serializer: 'json' } });
for (const total of [10, 20, 30]) store.commit('orders', { type: 'Placed', total });
await store.close();

// #region verify
import { exportEvents, verifyStore } from '@varve/core';

const result = await verifyStore('./data/shop');
for (const { code, path, offset, message, remedy } of result.findings) console.log(code, path, offset, message, remedy);
// #endregion
console.log(result.isWhole, result.events);
const segment = './data/shop/partitions/000001-shared/00000000000000000000.seg';
const bytes = readFileSync(segment);
bytes[bytes.indexOf('"total":20')]! ^= 1;
writeFileSync(segment, bytes);

// #region export
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const exported = exportEvents('./data/shop', { onGap: ({ from, to, message }) => console.log(from, to, message) });
await pipeline(exported.ndjson(), createWriteStream('shop.ndjson'));
console.log(exported.eventCount, 'events, and', exported.gapCount, 'gaps');
// #endregion

// #region repair
import { repairStore } from '@varve/writer';

const plan = await repairStore('./data/shop', { dryRun: true });
console.log(
  'would keep',
  plan.lastPosition,
  'and lose',
  plan.lost.positions,
  plan.lost.readableEvents,
  'of them whole',
);
// #endregion
const { lastPosition, aside = '', remaining } = await repairStore('./data/shop');
console.log(lastPosition, aside, remaining.length);
console.log((JSON.parse(readFileSync(`${aside}/lost-events.ndjson`, 'utf8')) as { payload: unknown }).payload);
