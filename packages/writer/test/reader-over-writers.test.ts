/** A reader that stays open while writers come and go: everything that can be read is there, as in a new reader. */
import type { ReadOnlyEventStore } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import type { EventStore, WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { StoresOnDisk } from './stores-on-disk.ts';

const indexed: WriteOptions = { indexTypes: true, tagsAccessor: 'tags', eventsPerIndexRun: 7 };
const query = { items: [{ types: ['Paid'], tags: ['vip'] }] };

function commitRound(store: EventStore, round: number): void {
  // Its process may be killed, but still gets the errors of what no longer works.
  store.on('error', () => undefined);
  store.commitAll([
    {
      stream: `order-${round}`,
      events: [
        { type: 'Ordered', round },
        { type: 'Paid', round, tags: ['vip'] },
      ],
    },
    { stream: 'order', events: { type: 'Paid', round, tags: [] } },
  ]);
  store.commit('other', { type: 'Noted', round });
  store.flush();
}

/** What a reader shows, in every way of reading. */
function shown(store: ReadOnlyEventStore): unknown {
  return {
    position: store.position,
    names: store.streamNames(),
    versions: ['order', 'order-1', 'other', 'paid', 'rounds', 'deleted'].map((name) => store.getStreamVersion(name)),
    derived: [store.getEventStream('paid').events, store.getEventStream('rounds', -1, -3).events],
    category: [...store.getEventStreamForCategory('order').stored()].map(({ metadata }) => metadata.position),
    joined: store.getJoinedStream('join', ['paid', 'other']).events,
    query: [...store.query(query, { after: 3 }).stored()].map(({ metadata }) => metadata.position),
    metadata: store.getStreamMetadata('order-2'),
    last: store.readEvent(store.position),
  };
}

describe.each(['closed', 'killed'] as const)('a reader of a store whose writers are %s and opened again', (end) => {
  it.each<NonNullable<WriteOptions['partitioner']>>(['shared', 'perStream', 'perCategory'])(
    '(%s)',
    async (partitioner) => {
      const stores = new StoresOnDisk();
      const config = { streamMetadata: (stream: string) => ({ for: stream }) };
      const options = { ...indexed, partitioner, readCacheBytes: 1 };
      let store = stores.open(options, config);
      commitRound(store, 0);
      const follower = stores.openReader({ clock: new ManualClock() });
      const followed: unknown[] = [];
      const stop = new AbortController();
      const following = (async () => {
        for await (const { payload } of follower.follow('paid', { signal: stop.signal })) followed.push(payload);
      })();
      for (let round = 1; round <= 5; round++) {
        if (end === 'killed') stores.process.kill();
        else await store.close();
        store = stores.open(options, config);
        if (round === 2) store.createEventStream('paid', { type: 'Paid', tags: { $has: 'vip' } });
        if (round === 3) store.createEventStream('rounds', { round: { $gt: 2 } });
        if (round === 3) store.createEventStream('deleted', { type: 'Paid' });
        if (round === 4) store.deleteEventStream('deleted');
        commitRound(store, round);
        follower.storage.poll();
        const fresh = stores.openReader({ clock: new ManualClock() });
        expect(shown(follower), `round ${round}`).toEqual(shown(fresh));
        expect(follower.position).toBe((round + 1) * 4);
        await fresh.close();
      }
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(followed).toEqual([0, 1, 2, 3, 4, 5].map((round) => ({ type: 'Paid', round, tags: ['vip'] })));
      stop.abort();
      await following;
      await follower.close();
      if (end === 'closed') await store.close();
    },
  );
});
