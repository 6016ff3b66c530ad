/** The examples of docs/partitioning.md, run one after the other. Each region is a block of the page. */
import { readdirSync } from 'node:fs';

const storageDirectory = './data';

// #region choose
import { byTime, EventStore, hashed } from '@varve/writer';

const accounts = await EventStore.open('accounts', { storageDirectory, storageConfig: { partitioner: 'perStream' } });
const spread = await EventStore.open('spread', { storageDirectory, storageConfig: { partitioner: hashed(8) } });
const daily = await EventStore.open('daily', { storageDirectory, storageConfig: { partitioner: byTime('day') } });
// #endregion
for (const store of [accounts, spread, daily]) {
  for (let n = 0; n < 100; n++) store.commit(`account-${n % 10}`, { type: 'Deposited', n });
  await store.close();
  const folders = readdirSync(`${storageDirectory}/${store.name}/partitions`);
  console.log(store.name, folders.length > 1, folders.length <= 10);
}

// #region function
const tenants = await EventStore.open('tenants', {
  storageDirectory,
  storageConfig: {
    partitioner: ({ metadata: { tenant } }, _position, stream) =>
      stream === 'audit' || typeof tenant !== 'string' ? 'shared' : `tenant-${tenant}`,
    metadata: (partitionName) => ({ keepYears: partitionName === 'shared' ? 10 : 2 }),
  },
});
tenants.commit('order-1', { type: 'Ordered' }, { tenant: 'acme' });
tenants.commitAll([
  { stream: 'order-2', events: { type: 'Ordered' }, metadata: { tenant: 'bolt' } },
  { stream: 'audit', events: { type: 'OrderSeen', order: 2 } }, // another partition, the same atomic commit
]);
console.log(tenants.getPartitionMetadata('shared')); // { keepYears: 10 }
// #endregion
await tenants.close();
console.log(readdirSync(`${storageDirectory}/tenants/partitions`).length);
