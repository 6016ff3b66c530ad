/**
 * event-storage 0.8.0, the store that Varve follows. It runs with the defaults that its documentation advises, which
 * also measured fastest: a partition (a file) per stream, JSON, a write buffer of 16 KiB per partition that is flushed
 * on the next tick, a read buffer of 4 KiB. Larger read buffers slow down its random reads, a single partition for
 * everything slows down its stream reads, a msgpack serializer slows down its reads. Only events that do not fit into
 * the read buffer need a larger one: without it, neither such an event nor any event after it is found.
 */
import { once } from 'node:events';
import EventStore from 'event-storage';
import { type EventSize, eventSizes, isRare, type SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Reader } from './contender.ts';
import { versionOf } from './version-of.ts';

type Visit = (order: SizedOrder) => void;

const DERIVED = 'rare';
const DEFAULT_READ_BUFFER_BYTES = 4096;

export const eventStorage: Contender = {
  name: 'event-storage',
  title: `event-storage ${versionOf('event-storage')}`,
  kind: 'store',
  workloads: ['append', 'open', 'scan', 'read-streams', 'join', 'category', 'derived', 'random', 'ndjson'],
  async create(directory, { derived, eventSize }) {
    const store = await openStore(directory, { readOnly: false, eventSize });
    if (derived) store.createEventStream(DERIVED, ({ payload }) => isRare(payload as SizedOrder));
    return new EventStorageAppender(store);
  },
  async open(directory, { eventSize }) {
    return new EventStorageReader(await openStore(directory, { readOnly: true, eventSize }));
  },
  async reopen(directory) {
    const store = await openStore(directory, { readOnly: false, eventSize: 'order' });
    return { position: store.storage.length, close: () => Promise.resolve(store.close()) };
  },
};

async function openStore(
  storageDirectory: string,
  { readOnly, eventSize }: { readonly readOnly: boolean; readonly eventSize: EventSize },
): Promise<EventStore> {
  const readBufferSize = Math.max(DEFAULT_READ_BUFFER_BYTES, 4 * eventSizes[eventSize]);
  const store = new EventStore('bench', { storageDirectory, readOnly, storageConfig: { readBufferSize } });
  await once(store, 'ready');
  return store;
}

class EventStorageAppender implements Appender {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    for (const { stream, orders } of commits) this.#store.commit(stream, orders);
  }

  /** Partitions flush themselves after each tick; indexes do at 4 KiB or after 100 ms, so the rest is flushed here. */
  flushed(): Promise<void> {
    this.#store.storage.flush();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#store.close();
    return Promise.resolve();
  }
}

class EventStorageReader implements Reader {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  scan(visit: Visit): void {
    for (const order of this.#store.getAllEvents()) visit(order as SizedOrder);
  }

  readStream(stream: string, visit: Visit): void {
    const events = this.#store.getEventStream(stream);
    if (!events) throw new Error(`event-storage has no stream ${stream}`);
    for (const order of events) visit(order as SizedOrder);
  }

  readJoin(streams: readonly string[], visit: Visit): void {
    for (const order of this.#store.fromStreams('joined', streams)) visit(order as SizedOrder);
  }

  readCategory(category: string, visit: Visit): void {
    for (const order of this.#store.getEventStreamForCategory(category)) visit(order as SizedOrder);
  }

  readDerived(visit: Visit): void {
    this.readStream(DERIVED, visit);
  }

  ndjson(visit: (piece: string) => void): void {
    this.scan((order) => visit(`${JSON.stringify(order)}\n`));
  }

  /** A stream of one event would also work, but builds a Readable each time; this is the call underneath. */
  readOne(position: number): SizedOrder {
    const document = this.#store.storage.read(position);
    if (!document) throw new Error(`event-storage has no event at position ${position}`);
    return document.payload as SizedOrder;
  }

  close(): Promise<void> {
    this.#store.close();
    return Promise.resolve();
  }
}
