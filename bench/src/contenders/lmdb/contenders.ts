/**
 * lmdb, set up as its documentation advises for speed: asynchronous puts, which the library batches per turn of the
 * event loop and writes in one transaction on a thread of its own; shared record structures for msgpack; unsigned
 * 32-bit keys; an index database with duplicate keys for the streams. `noSync`, except where commits are to be durable,
 * because no contender syncs in the other measurements, and `noMemInit`, which its documentation recommends where files
 * hold no secrets. `useWritemap` was no faster here.
 */
import { join } from 'node:path';
import { open } from 'lmdb';
import type { SizedOrder } from '../../reference/order.ts';
import { readingNames } from '../../workloads/workload-name.ts';
import type { ConsumerTask, Contender } from '../contender.ts';
import { versionOf } from '../version-of.ts';
import { LmdbAppender } from './appender.ts';
import { openDatabases } from './databases.ts';
import { LmdbReader } from './reader.ts';

export const lmdb: Contender = {
  name: 'lmdb',
  title: `lmdb ${versionOf('lmdb')}`,
  kind: 'store',
  workloads: ['append', 'open', ...readingNames, 'consumer', 'durable-1', 'durable-64', 'recover'],
  create: (directory, { derived }) => Promise.resolve(new LmdbAppender(openDatabases(directory), derived)),
  open: (directory) => Promise.resolve(new LmdbReader(openDatabases(directory, { readOnly: true }))),
  createDurable(directory) {
    const databases = openDatabases(directory, { durable: true });
    const appender = new LmdbAppender(databases, false);
    return Promise.resolve({
      async commit(commit) {
        appender.appendTick([commit]);
        // `committed` resolves when others can see the commit, `flushed` when it is on the medium.
        await databases.root.flushed;
      },
      close: () => appender.close(),
    });
  },
  reopen(directory) {
    const { root, events } = openDatabases(directory);
    const [position = 0] = events.getKeys({ reverse: true, limit: 1 });
    return Promise.resolve({ position, close: () => root.close() });
  },
  consume,
};

/** The state is an entry with its position, in a separate environment: the environment of the events belongs to its writer. */
async function consume(
  directory: string,
  { name, saveEvery }: ConsumerTask,
  visit: (order: SizedOrder) => void,
): Promise<void> {
  const reader = new LmdbReader(openDatabases(directory, { readOnly: true }));
  const states = open<object, string>({ path: join(directory, 'consumers.mdb'), noSync: true, noMemInit: true });
  let state = { count: 0, cents: 0 };
  reader.scan((order) => {
    visit(order);
    state = { count: state.count + 1, cents: state.cents + order.priceCents };
    // Synchronous: promised saves would all wait until the scan ends, and share one transaction.
    if (state.count % saveEvery === 0) states.putSync(name, { position: state.count, state });
  });
  states.putSync(name, { position: state.count, state });
  await states.close();
  await reader.close();
}
