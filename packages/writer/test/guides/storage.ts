/** The examples of docs/storage.md, run one after the other. Each region is a block of the page. */
// #region open
import { Storage } from '@varve/writer';

interface Access {
  readonly time: number;
  readonly path: string;
  readonly status: number;
}

const storage = new Storage('access-log', {
  storageDirectory: './data',
  partitioner: (access: Access) => new Date(access.time).toISOString().slice(0, 10),
});
storage.write({ time: Date.UTC(2026, 0, 31), path: '/', status: 200 });
storage.writeAll([
  { time: Date.UTC(2026, 1, 1), path: '/cart', status: 500 },
  { time: Date.UTC(2026, 1, 1), path: '/', status: 200 },
]);
console.log(storage.length, storage.partitionNames()); // 3 [ '2026-01-31', '2026-02-01' ]
// #endregion

// #region read
console.log(storage.read(2).path, storage.read(-1).path); // /cart /
for (const access of storage) console.log(access.path); // all, in the order of writing
for (const access of storage.readRange(-1, -2)) console.log(access.status); // the last two, the last one first
// #endregion

// #region index
const failures = storage.ensureIndex('failures', { status: { $gte: 500 } });
console.log(failures.length, storage.read(1, failures).path); // 1 /cart
for (const access of storage.readRange(1, -1, 'failures')) console.log(access.path);
// #endregion

// #region hooks
storage.preCommit((document, metadata) => {
  if (JSON.stringify(document).length > 10_000) throw new Error(`too large for ${String(metadata['name'])}`);
});
storage.preRead((position, _metadata) => {
  if (position < 2) throw new Error('too old to be shown');
});
// #endregion
try {
  storage.read(1);
} catch (error) {
  console.log((error as Error).message);
}

// #region durable
const { durable } = storage.write({ time: Date.UTC(2026, 1, 2), path: '/pay', status: 200 });
await durable;
// #endregion

// #region reader
import { ReadOnlyDocumentStorage } from '@varve/core';

const reader = new ReadOnlyDocumentStorage<Access>('access-log', { storageDirectory: './data' });
const stop = new AbortController();
for await (const { payload } of reader.readRange(3).follow({ signal: stop.signal })) {
  console.log('followed', payload.path);
  if (payload.path === '/pay') stop.abort();
}
await reader.close();
await storage.close();
// #endregion
