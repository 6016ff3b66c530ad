/**
 * A cluster whose primary holds a store, and whose workers, which run the same program with the same options, try to open it:
 * the primary reports what they were told, and what it can do afterwards. Arguments: the storage directory.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { EventStore } from '../../src/index.ts';

const [storageDirectory] = process.argv.slice(2) as [string];

function open(): EventStore {
  return new EventStore('shop', { storageDirectory });
}

if (cluster.isPrimary) {
  const store = open();
  await store.commit('s', { n: 1 }).durable;
  const workers = Array.from({ length: 3 }, () => cluster.fork());
  const ended = workers.map((worker) => once(worker, 'exit'));
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as unknown));
  await Promise.all(ended);
  await store.commit('s', { n: 2 }, 1).durable;
  process.send!({ codes, position: store.position });
  await store.close();
  process.disconnect();
} else {
  let answer: unknown = 'open';
  try {
    open();
  } catch (error) {
    answer = (error as { code: unknown }).code;
  }
  process.send!(answer, () => process.exit());
}
