/**
 * Varve with its defaults: one log for all streams, msgpackr records, a flush at the end of each tick, a checksum
 * checked on every read from disk. It is read through `ReadOnlyEventStore`, as from any process other than the writer.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import { RARE_FROM_CENTS, type SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import { workloadNames } from '../workloads/workload-name.ts';
import type { Appender, Contender, DurableAppender, Follower, Reader } from './contender.ts';
import { versionOf } from './version-of.ts';

const STORE_NAME = 'bench';
const DERIVED = 'rare';

export const varve: Contender = {
  name: 'varve',
  title: `varve ${versionOf('@varve/core')}`,
  kind: 'store',
  workloads: workloadNames,
  async create(storageDirectory, { derived }) {
    const store = await EventStore.open(STORE_NAME, { storageDirectory });
    if (derived) store.createEventStream(DERIVED, { priceCents: { $gte: RARE_FROM_CENTS } });
    return new VarveAppender(store);
  },
  async open(storageDirectory) {
    return new VarveReader(await ReadOnlyEventStore.open(STORE_NAME, { storageDirectory }));
  },
  async createDurable(storageDirectory) {
    return new DurableVarveAppender(await EventStore.open(STORE_NAME, { storageDirectory }));
  },
  reopen: (storageDirectory) => EventStore.open(STORE_NAME, { storageDirectory }),
  async consume(storageDirectory, { name, saveEvery }, visit) {
    await using store = await ReadOnlyEventStore.open(STORE_NAME, { storageDirectory });
    const checkpoint = { everyEvents: saveEvery, everyMs: Infinity, onCaughtUp: false };
    const state = { count: 0, cents: 0 };
    const consumer = store.getConsumer<typeof state, SizedOrder>('_all', name, state, 0, { checkpoint });
    const stop = new AbortController();
    const last = store.position;
    await consumer.run((order) => {
      visit(order);
      consumer.setState(({ count, cents }) => ({ count: count + 1, cents: cents + order.priceCents }));
      if (consumer.state.count === last) stop.abort();
    }, stop);
  },
  async reindex(storageDirectory) {
    await using store = await EventStore.open(STORE_NAME, { storageDirectory });
    store.storage.reindex(0);
    return store.position;
  },
  follow: followVarve,
};

/** A consumer with a state, like a projection's, saved as often as the default says. */
async function followVarve(storageDirectory: string, visit: (order: SizedOrder) => void): Promise<Follower> {
  const store = await ReadOnlyEventStore.open(STORE_NAME, { storageDirectory });
  const consumer = store.getConsumer<{ readonly count: number }, SizedOrder>('_all', 'lag', { count: 0 });
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

/** Commits that wait for the medium at the same time share a sync; a commit whose `durable` nobody awaits costs none. */
class DurableVarveAppender implements DurableAppender {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  async commit({ stream, orders }: ReferenceCommit): Promise<void> {
    await this.#store.commit(stream, orders).durable;
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

  scan(visit: (order: SizedOrder) => void): void {
    for (const order of this.#store.getAllEvents<SizedOrder>()) visit(order);
  }

  scanBackward(visit: (order: SizedOrder) => void): void {
    for (const order of this.#store.getAllEvents<SizedOrder>().backwards()) visit(order);
  }

  readStream(stream: string, visit: (order: SizedOrder) => void): void {
    for (const order of this.#store.getEventStream<SizedOrder>(stream)) visit(order);
  }

  readJoin(streams: readonly string[], visit: (order: SizedOrder) => void): void {
    for (const order of this.#store.getJoinedStream<SizedOrder>('joined', streams)) visit(order);
  }

  readCategory(category: string, visit: (order: SizedOrder) => void): void {
    for (const order of this.#store.getEventStreamForCategory<SizedOrder>(category)) visit(order);
  }

  readDerived(visit: (order: SizedOrder) => void): void {
    this.readStream(DERIVED, visit);
  }

  readOne(position: number): SizedOrder {
    return this.#store.readEvent<SizedOrder>(position).payload;
  }

  async ndjson(visit: (piece: Uint8Array) => void): Promise<void> {
    for await (const piece of this.#store.getAllEvents().toNdjson()) visit(piece as Uint8Array);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
