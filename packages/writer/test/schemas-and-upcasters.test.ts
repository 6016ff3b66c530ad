/** Schemas and upcasters through whole stores: what is refused, what is written, and what every reader gets. */
import { once } from 'node:events';
import { type EventOf, ReadOnlyEventStore, type Upcasters } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventStore, type EventStoreConfig } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const upcasters: Upcasters = {
  OrderPlaced: [
    (event) => ({ ...event, currency: 'EUR' }),
    (event: { total?: number }) => ({ ...event, total: { amount: event.total } }),
  ],
};

async function withStore(
  storageDirectory: string,
  config: EventStoreConfig,
  use: (store: EventStore) => void,
): Promise<void> {
  const store = await EventStore.open('orders', { ...config, storageDirectory });
  try {
    use(store);
  } finally {
    await store.close();
  }
}

describe('schemas', () => {
  const schemas = { OrderPlaced: z.object({ orderId: z.string(), total: z.number().default(0) }) };

  it('refuse a whole commit before anything of it is written', async () => {
    await withStore(temporaryDirectory(), { schemas }, (store) => {
      const events = [
        { type: 'OrderPlaced', orderId: 'a' },
        { type: 'OrderPlaced', orderId: 7 },
      ];
      expect(() => store.commit('order-1', events)).toThrow(
        expect.objectContaining({ code: 'INVALID_EVENT', index: 1 }),
      );
      expect(store.position).toBe(0);
      expect(store.hasStream('order-1')).toBe(false);
    });
  });

  it('decide what is stored', async () => {
    const directory = temporaryDirectory();
    await withStore(
      directory,
      { schemas },
      (store) => void store.commit('order-1', { type: 'OrderPlaced', orderId: 'a' }),
    );
    await withStore(directory, {}, (store) => {
      expect(store.readEvent(1).payload).toEqual({ type: 'OrderPlaced', orderId: 'a', total: 0 });
    });
  });

  it('must be schemas', () => {
    const wrong = { OrderPlaced: {} } as never;
    expect(() => new EventStore('orders', { storageDirectory: temporaryDirectory(), schemas: wrong })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});

describe('upcasters', () => {
  interface OrderEvents {
    OrderPlaced: { total: { amount: number }; currency: string };
  }
  const old = { type: 'OrderPlaced', total: 3 };
  const current = { type: 'OrderPlaced', total: { amount: 3 }, currency: 'EUR' };
  const dollars = { type: 'OrderPlaced', total: { amount: 4 }, currency: 'USD' };

  /** A store with an event of version 1 and, committed by a newer program, two events of version 3. */
  async function storeOfTwoPrograms(serializer: 'msgpackr' | 'json' = 'msgpackr'): Promise<string> {
    const directory = temporaryDirectory();
    await withStore(directory, { storageConfig: { serializer } }, (store) => void store.commit('order-1', old));
    await withStore(directory, { upcasters }, (store) => {
      store.commit('order-1', dollars, { user: 'u' });
      store.commit('order-2', [{ type: 'Other' }, dollars]);
    });
    return directory;
  }

  it.each(['msgpackr', 'json'] as const)('bring every read to the current version (%s)', async (serializer) => {
    const directory = await storeOfTwoPrograms(serializer);
    await withStore(directory, { upcasters }, (store) => {
      expect(store.getEventStream('order-1').events).toEqual([current, dollars]);
      expect(store.getAllEvents(-1, 1).events).toEqual([dollars, { type: 'Other' }, dollars, current]);
      expect(store.readEvent(1).payload).toEqual(current);
      expect(store.readEvent(2).metadata).toMatchObject({ user: 'u', eventVersions: { OrderPlaced: 3 } });
      expect([...store.getEventStream('order-1').stored()].map(({ payload }) => payload)).toEqual([current, dollars]);
    });
  });

  it('serve readers and consumers of other processes', async () => {
    const storageDirectory = await storeOfTwoPrograms();
    await using reader = await ReadOnlyEventStore.open<OrderEvents>('orders', { storageDirectory, upcasters });
    expect(reader.getEventStream('order-1').events).toEqual([current, dollars]);
    const seen: EventOf<OrderEvents>[] = [];
    const consumer = reader.getConsumer('order-1', 'seen');
    consumer.on('data', (event) => seen.push(event));
    await once(consumer, 'caught-up');
    await consumer.stop();
    expect(seen).toEqual([current, dollars]);
  });

  it('never change what is stored', async () => {
    const directory = await storeOfTwoPrograms();
    await withStore(directory, { upcasters }, (store) => void store.getAllEvents().events);
    await withStore(directory, {}, (store) => {
      expect(store.getAllEvents().events).toEqual([old, dollars, { type: 'Other' }, dollars]);
      expect(store.readEvent(1).metadata).not.toHaveProperty('eventVersions');
    });
  });

  it('cost a store nothing that does not use them', async () => {
    await withStore(temporaryDirectory(), { upcasters: {} }, (store) => {
      store.commit('order-1', old);
      expect(store.readEvent(1).metadata).not.toHaveProperty('eventVersions');
    });
  });

  it('say which event they cannot read', async () => {
    const directory = await storeOfTwoPrograms();
    const older: Upcasters = { OrderPlaced: upcasters['OrderPlaced']!.slice(0, 1) };
    await withStore(directory, { upcasters: older }, (store) => {
      expect(store.readEvent(1).payload).toEqual({ ...old, currency: 'EUR' });
      expect(() => store.readEvent(2)).toThrow(
        expect.objectContaining({
          code: 'UPCAST',
          position: 2,
          place: expect.objectContaining({ type: 'OrderPlaced' }) as object,
        }),
      );
    });
  });

  it('must be lists of functions', () => {
    const wrong = { OrderPlaced: 1 } as never;
    expect(() => new EventStore('orders', { storageDirectory: temporaryDirectory(), upcasters: wrong })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});
