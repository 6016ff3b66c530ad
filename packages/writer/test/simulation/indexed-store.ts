/** A store that has every kind of index, and everything that readers get from it. */
import type { ReadOnlyEventStore } from '@varve/core';
import type { EventStore, WriteOptions } from '../../src/index.ts';

const tagsOf = (n: number): string[] => (n % 5 === 0 ? ['five', `n-${n % 4}`] : [`n-${n % 4}`]);
const eventAt = (n: number): object => ({ type: n % 2 === 0 ? 'Even' : 'Odd', n, tags: tagsOf(n) });

/** Commits 48 events, derived streams in between, some with ids; each is flushed or durable. */
export async function fillStore(store: EventStore): Promise<void> {
  const start = store.position;
  for (let n = start + 1; n <= start + 48; n++) {
    if (n === start + 24) {
      store.createEventStream('evens', { type: 'Even' });
      store.createEventStream('thirds', (event) => Number(event['n']) % 3 === 0);
    }
    if (n % 8 === 3) store.commit(`s-${n % 3}`, [eventAt(n), eventAt(++n), eventAt(++n)], { by: 'anna' });
    else if (n % 8 === 7) store.commit(`s-${n % 3}`, eventAt(n), { commitId: `id-${n}` });
    else store.commit(`user-${n % 3}`, eventAt(n));
    if (n % 4 === 0) store.flush();
    if (n % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  store.createEventStream('late', { n: { $gt: 20 } });
  store.flush();
}

/** The options without the secret with which the store was created. */
export function restOf({ hmacSecret: _secret, ...options }: WriteOptions): WriteOptions {
  return options;
}

/** Streams of every kind with events, positions and versions, and what queries find. */
export function contentsOf(store: EventStore | ReadOnlyEventStore): unknown {
  const streams = [...store.streamNames(), 'evens', 'thirds', 'late', '_all'];
  const query = (types: string[] | undefined, tags: string[]): unknown =>
    store.query({ items: [{ ...(types === undefined ? {} : { types }), tags }] }).events;
  return {
    position: store.position,
    streams: streams.map((name) => {
      const stream = store.getEventStream(name);
      const positions = Array.from({ length: stream.length }, (_, index) => stream.positionAt(index));
      return { name, version: stream.version, positions, stored: [...stream.stored()] };
    }),
    category: store.getEventStreamForCategory('user').events,
    queries: [query(['Even'], ['five']), query(undefined, ['n-1']), query(['Odd', 'Even'], [])],
  };
}
