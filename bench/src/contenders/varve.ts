/**
 * Varve as it comes: one log for all streams, msgpackr records, a flush at the end of each tick, a checksum checked on
 * every read from disk. It is read by `ReadOnlyEventStore`, as from any process beside the writer.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import type { Order } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Follower, Reader } from './contender.ts';
import { versionOf } from './version-of.ts';

const STORE_NAME = 'bench';

export const varve: Contender = {
  name: 'varve',
  title: `varve ${versionOf('@varve/core')}`,
  kind: 'store',
  workloads: ['append', 'scan', 'read-streams', 'random', 'lag'],
  async create(storageDirectory) {
    return new VarveAppender(await EventStore.open(STORE_NAME, { storageDirectory }));
  },
  async open(storageDirectory) {
    return new VarveReader(await ReadOnlyEventStore.open(STORE_NAME, { storageDirectory }));
  },
  follow: followVarve,
};

/** A consumer with a state, as a projection is, that is saved as often as it is by default. */
async function followVarve(storageDirectory: string, visit: (order: Order) => void): Promise<Follower> {
  const store = await ReadOnlyEventStore.open(STORE_NAME, { storageDirectory });
  const consumer = store.getConsumer<{ readonly count: number }, Order>('_all', 'lag', { count: 0 });
  consumer.on('data', (order) => {
    visit(order);
    consumer.setState(({ count }) => ({ count: count + 1 }));
  });
  return { close: () => store.close() };
}

class VarveAppender implements Appender {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    for (const { stream, orders } of commits) this.#store.commit(stream, orders);
  }

  flushed(): Promise<void> {
    this.#store.flush();
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

class VarveReader implements Reader {
  readonly #store: ReadOnlyEventStore;

  constructor(store: ReadOnlyEventStore) {
    this.#store = store;
  }

  scan(visit: (order: Order) => void): void {
    for (const order of this.#store.getAllEvents<Order>()) visit(order);
  }

  readStream(stream: string, visit: (order: Order) => void): void {
    for (const order of this.#store.getEventStream<Order>(stream)) visit(order);
  }

  readOne(position: number): Order {
    return this.#store.readEvent<Order>(position).payload;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
