/** Streams and consumers that were obtained before their files changed: they go on as if nothing had happened. */
import type { Consumer, EventStream, ReadOnlyEventStore } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import type { EventStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { countFrom } from './counted-events.ts';
import { type Numbered, turns } from './lost-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

const segment = '/data/store/partitions/000001-shared/00000000000000000000.seg';

function commit(store: EventStore, stream: string, count: number): void {
  for (let times = 0; times < count; times++) {
    store.commit(stream, { type: 'Counted', number: store.position + 1 });
    store.flush();
  }
}

function numbersIn(stream: Iterable<Numbered>): number[] {
  return Array.from(stream, ({ number }) => number);
}

describe('a derived stream that is deleted', () => {
  function derived(): EventStore {
    const store = new StoresOnDisk().open();
    commit(store, 'numbers', 400);
    store.createEventStream('derived', { type: 'Counted' });
    commit(store, 'numbers', 400);
    return store;
  }

  it('is read to its end by who had it', async () => {
    const store = derived();
    const stream = store.getEventStream<Numbered>('derived');
    expect(stream.length).toBe(800);
    store.deleteEventStream('derived');
    expect(numbersIn(stream)).toEqual(countFrom(1, 800));
    await store.close();
  });

  it('gives no event twice to its consumer', async () => {
    const store = derived();
    const seen: number[] = [];
    const consumer = store.getConsumer<unknown, Numbered>('derived', 'counter');
    const running = consumer.run(({ number }) => {
      seen.push(number);
      if (number === 100) store.deleteEventStream('derived');
    });
    await turns(100);
    await consumer.stop();
    await running;
    expect(seen).toEqual(countFrom(1, seen.length));
    await store.close();
  });

  it('is read on by the consumer of a join when there is another one of its name', async () => {
    const store = new StoresOnDisk().open();
    store.createEventStream('derived', { type: 'Counted' });
    commit(store, 'numbers', 1);
    const seen: number[] = [];
    const consumer: Consumer<unknown, Numbered> = store.getConsumer({ streams: ['derived', 'others'] }, 'join');
    const running = consumer.run(({ number }) => void seen.push(number));
    await consumer.waitFor(1);
    store.deleteEventStream('derived');
    await turns();
    store.createEventStream('derived', { type: 'Counted', number: { $gt: 1 } });
    commit(store, 'numbers', 1);
    commit(store, 'others', 1);
    await consumer.waitFor(3);
    await consumer.stop();
    await running;
    expect(seen).toEqual([1, 2, 3]);
    await store.close();
  });
});

describe('a reader whose writer is followed by another', () => {
  function obtain(stores: StoresOnDisk): [ReadOnlyEventStore, EventStream<Numbered>] {
    const reader = stores.openReader({ clock: new ManualClock() });
    return [reader, reader.getEventStream<Numbered>('numbers')];
  }

  it('reads on where index runs were merged beyond what it had seen', async () => {
    const stores = new StoresOnDisk();
    const options = { eventsPerIndexRun: 4 };
    const store = stores.open(options);
    commit(store, 'numbers', 28);
    const [reader, stream] = obtain(stores);
    const events = stream[Symbol.iterator]();
    expect(events.next().value).toMatchObject({ number: 1 });
    // With the eighth run, all of them are merged.
    commit(store, 'numbers', 4);
    await store.close();
    await stores.open(options).close();
    const last = stores.open(options);
    reader.storage.poll();
    expect(events.next().value).toMatchObject({ number: 2 });
    expect(numbersIn(stream)).toEqual(countFrom(1, 28));
    await reader.close();
    await last.close();
  });

  it('reads what is left where recovery cut into an index run', async () => {
    const stores = new StoresOnDisk();
    const options = { eventsPerIndexRun: 8 };
    const store = stores.open(options);
    store.on('error', () => undefined);
    commit(store, 'numbers', 6);
    await store.commit('others', { number: 7 }).durable;
    commit(store, 'others', 1);
    const [reader, stream] = obtain(stores);
    expect(stream.length).toBe(6);
    stores.process.kill();
    const disk = stores.disk.startProcess();
    const file = disk.open(segment, 'write');
    file.truncate(disk.stat(segment)!.sizeBytes - 1);
    file.close();
    const last = stores.open(options);
    reader.storage.poll();
    expect(stream.positionAt(0)).toBe(1);
    expect(numbersIn(stream)).toEqual(countFrom(1, 6));
    await reader.close();
    await last.close();
  });

  it('reads on where the indexes were made again in fewer runs', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({ eventsPerIndexRun: 4 });
    commit(store, 'numbers', 10);
    await store.close();
    const [reader, stream] = obtain(stores);
    expect(stream.length).toBe(10);
    const last = stores.open({ eventsPerIndexRun: 100 });
    last.storage.reindex(0);
    reader.storage.poll();
    expect(numbersIn(stream)).toEqual(countFrom(1, 10));
    await reader.close();
    await last.close();
  });

  it('catches up with a store that has dropped events, where runs were merged beyond what it had seen', async () => {
    const stores = new StoresOnDisk();
    const options = { eventsPerIndexRun: 10_000, segmentBytes: 65_536 };
    const store = stores.open(options);
    const commitThousand = (): void => {
      store.commit(
        'numbers',
        Array.from({ length: 1000 }, (_, index) => ({ number: store.position + 1 + index })),
      );
      store.flush();
    };
    for (let times = 0; times < 70; times++) commitThousand();
    const { firstPosition } = await store.drop({ before: 30_000 });
    const reader = stores.openReader({ clock: new ManualClock() });
    let handled = 0;
    const consumer = reader.getConsumer('numbers', 'counter', undefined, firstPosition - 1);
    const running = consumer.run(() => void handled++);
    await consumer.waitFor(70_000);
    for (let times = 0; times < 10; times++) commitThousand();
    await turns();
    await store.close();
    const last = stores.open(options);
    reader.storage.poll();
    expect(reader.getStreamVersion('numbers')).toBe(reader.position);
    await consumer.waitFor(80_000);
    await consumer.stop();
    await running;
    expect(handled).toBe(80_001 - firstPosition);
    await reader.close();
    await last.close();
  });
});
