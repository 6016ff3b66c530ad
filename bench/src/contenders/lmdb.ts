/**
 * lmdb as its documentation says is fast: asynchronous puts, which the library batches per turn of the event loop and
 * writes in one transaction on a thread of its own; shared record structures for msgpack; unsigned 32-bit keys; an
 * index database with duplicate keys for the streams. `noSync`, because no contender syncs in this measurement, and
 * `noMemInit`, which its documentation recommends where files hold no secrets. `useWritemap` was no faster here.
 */
import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import type { Order } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Reader } from './contender.ts';
import { versionOf } from './version-of.ts';

/** What is stored for an event, besides its key: what an event store must be able to say about it. */
interface StoredEvent {
  readonly streamId: number;
  readonly version: number;
  readonly committedAt: number;
  readonly order: Order;
}

/** Position 0 is nobody's. At the front of the key range it leaves the last page to appends, which so fill their pages. */
const STRUCTURES_KEY = 0;

export const lmdb: Contender = {
  name: 'lmdb',
  title: `lmdb ${versionOf('lmdb')}`,
  kind: 'store',
  workloads: ['append', 'scan', 'read-streams', 'random'],
  create: (directory) => Promise.resolve(new LmdbAppender(openDatabases(directory, { readOnly: false }))),
  open: (directory) => Promise.resolve(new LmdbReader(openDatabases(directory, { readOnly: true }))),
};

interface Databases {
  readonly root: RootDatabase<unknown, string>;
  /** Position -> event. */
  readonly events: Database<StoredEvent, number>;
  /** Stream id -> the positions of its events, ascending. */
  readonly positionsByStream: Database<number, number>;
  /** Stream name -> stream id. */
  readonly streamIds: Database<number, string>;
}

function openDatabases(directory: string, { readOnly }: { readOnly: boolean }): Databases {
  const root = open<unknown, string>({ path: join(directory, 'events.mdb'), noSync: true, noMemInit: true, readOnly });
  return {
    root,
    events: root.openDB({ name: 'events', keyEncoding: 'uint32', sharedStructuresKey: STRUCTURES_KEY }),
    positionsByStream: root.openDB({
      name: 'positions-by-stream',
      keyEncoding: 'uint32',
      dupSort: true,
      encoding: 'ordered-binary',
    }),
    streamIds: root.openDB({ name: 'stream-ids', encoding: 'ordered-binary' }),
  };
}

class LmdbAppender implements Appender {
  readonly #databases: Databases;
  readonly #streams = new Map<string, { readonly id: number; version: number }>();
  #position = 0;

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  /**
   * All puts of one turn are in one transaction, so an event and its index entry are written together. The promises
   * are not waited for per tick: while the thread writes one batch, the next is encoded.
   */
  appendTick(commits: readonly ReferenceCommit[]): void {
    const { events, positionsByStream } = this.#databases;
    for (const { stream, orders } of commits) {
      const target = this.#streams.get(stream) ?? this.#addStream(stream);
      const committedAt = Date.now();
      for (const order of orders) {
        const position = ++this.#position;
        void events.put(position, { streamId: target.id, version: ++target.version, committedAt, order });
        void positionsByStream.put(target.id, position);
      }
    }
  }

  #addStream(name: string): { readonly id: number; version: number } {
    const stream = { id: this.#streams.size + 1, version: 0 };
    void this.#databases.streamIds.put(name, stream.id);
    this.#streams.set(name, stream);
    return stream;
  }

  async flushed(): Promise<void> {
    await this.#databases.root.committed;
  }

  close(): Promise<void> {
    return this.#databases.root.close();
  }
}

class LmdbReader implements Reader {
  readonly #databases: Databases;

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  scan(visit: (order: Order) => void): void {
    for (const { value } of this.#databases.events.getRange({ start: 1 })) visit(value.order);
  }

  readStream(stream: string, visit: (order: Order) => void): void {
    const { events, positionsByStream, streamIds } = this.#databases;
    const id = streamIds.get(stream);
    if (id === undefined) throw new Error(`lmdb has no stream ${stream}`);
    for (const position of positionsByStream.getValues(id)) visit(events.get(position)!.order);
  }

  readOne(position: number): Order {
    const event = this.#databases.events.get(position);
    if (!event) throw new Error(`lmdb has no event at position ${position}`);
    return event.order;
  }

  close(): Promise<void> {
    return this.#databases.root.close();
  }
}
