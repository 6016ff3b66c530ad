/** What a `preRead` hook holds back cannot be got by any way of reading, and a `preCommit` hook sees each event. */
import type { ReadOnlyEventStore } from '@varve/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventStore } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

type Reading = EventStore | ReadOnlyEventStore;

async function all(events: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of events) found.push(event instanceof Uint8Array ? String(event) : event);
  return found;
}

/** Each way to get events out of a store, with the secret one among them. */
const ways: Readonly<Record<string, (store: Reading) => unknown>> = {
  'a stream': (store) => store.getEventStream('secret').events,
  'a stream, backwards': (store) => store.getEventStream('secret').backwards().events,
  'stored events': (store) => [...store.getEventStream('secret').stored()],
  'a derived stream': (store) => store.getEventStream('marked').events,
  'all events': (store) => store.getAllEvents().events,
  'a category': (store) => store.getEventStreamForCategory('secret').events,
  'a join': (store) => store.fromStreams('joined', ['open', 'secret']).events,
  'a query': (store) => store.query({ items: [{ types: ['Told'] }] }).events,
  'an event by its position': (store) => store.readEvent(2),
  'a predicate': (store) => store.getAllEvents().where({ n: 2 }).events,
  forEach: (store) => store.getAllEvents().forEach(() => undefined),
  'an asynchronous iterator': async (store) => all(store.getEventStream('secret')),
  'lines of JSON': async (store) => all(store.getEventStream('secret').toNdjson()),
  'lines of JSON with metadata': async (store) => all(store.getAllEvents().toNdjson({ metadata: true })),
  follow: async (store) => all(store.getEventStream('secret').follow({ signal: AbortSignal.timeout(2000) })),
  'a consumer of a stream': async (store) => store.getConsumer('secret', 'a').run(() => undefined),
  'a consumer of all': async (store) => store.getConsumer('_all', 'b').run(() => undefined),
  'a consumer of a category': async (store) => store.getConsumer({ category: 'secret' }, 'c').run(() => undefined),
  'a consumer as an iterator': async (store) => all(store.getConsumer('secret', 'd')),
};

describe('preRead', () => {
  const open: Reading[] = [];
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });

  function stores(): { writer: EventStore; reader: ReadOnlyEventStore } {
    const disk = new StoresOnDisk();
    const config = { streamMetadata: (stream: string) => ({ isSecret: stream.startsWith('secret') }) };
    const writer = disk.open({ indexTypes: true }, config);
    writer.createEventStream('marked', { type: 'Told' });
    writer.commit('open', { type: 'Told', n: 1 });
    writer.commit('secret', { type: 'Told', n: 2, text: 'hidden' });
    writer.flush();
    const reader = disk.openReader();
    open.push(writer, reader);
    return { writer, reader };
  }

  it.each(Object.keys(ways))('keeps back what it refuses: %s', async (way) => {
    const { writer, reader } = stores();
    for (const store of [writer, reader]) {
      store.preRead((_, { isSecret }) => {
        if (isSecret === true) throw new Error('kept back');
      });
      let seen: unknown;
      await expect((async () => (seen = await ways[way]!(store)))()).rejects.toThrow('kept back');
      expect(JSON.stringify(seen) ?? '').not.toContain('hidden');
    }
  });
});

describe('preCommit', () => {
  it('is asked for each event of each kind of commit', async () => {
    const disk = new StoresOnDisk();
    const store = disk.open();
    const seen: unknown[] = [];
    store.preCommit((event) => seen.push((event as { n: number }).n));
    store.commit('a', { n: 1 });
    store.commit('a', [{ n: 2 }, { n: 3 }]);
    const joint = store.commitAll([
      { stream: 'a', events: [{ n: 4 }] },
      { stream: 'b', events: [{ n: 5 }] },
    ]);
    await joint.durable;
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    await store.close();
  });
});
