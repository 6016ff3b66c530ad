/**
 * The arguments of a commit may change while it looks at them: through a getter, a `toJSON`, a hook, or because they belong to
 * an object that computes. Each of these once damaged the store. A list of events that grew while it was encoded left a frame
 * whose fields contradict each other: the store could not be opened again, and later commits were lost. A `commitId` getter
 * could itself commit, and the event of that commit disappeared from its stream; a `commitId` that the class of the metadata
 * has was looked up and never written, so that the commit was accepted twice.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

interface Numbered {
  readonly n: number;
}

let stores: StoresOnDisk;
let store: EventStore;

beforeEach(() => {
  stores = new StoresOnDisk();
  store = stores.open({ indexTypes: true, tagsAccessor: 'tags' });
});
afterEach(() => store.storage.close());

/** The events of all streams, now and after the store is opened again. */
async function eventsNowAndLater(): Promise<[unknown, unknown]> {
  const now = store.getEventStream('_all').events;
  await store.close();
  store = stores.open({ indexTypes: true, tagsAccessor: 'tags' });
  return [now, store.getEventStream('_all').events];
}

describe('a list of events that changes while it is encoded', () => {
  const change: Readonly<Record<string, (list: object[]) => void>> = {
    grows: (list) => void (list.length < 9 && list.push({ n: 9 })),
    shrinks: (list) => void (list.length = 1),
  };

  it.each(
    Object.keys(change).flatMap((how) =>
      [1, 3].flatMap((size) => [false, true].map((isJoint) => [how, size, isJoint])),
    ),
  )('counts as it was given: it %s, with %i events, jointly: %s', async (how, size, isJoint) => {
    const list: object[] = [];
    const first = {
      get n(): number {
        change[how as string]!(list);
        return 1;
      },
    };
    list.push(first, { n: 2 }, { n: 3 });
    list.length = size as number;
    const given = Array.from({ length: size as number }, (_, index) => ({ n: index + 1 }));
    const commit = isJoint === true ? store.commitAll([{ stream: 's', events: list }]) : store.commit('s', list);
    expect(commit.size).toBe(size);
    expect(store.commit('s', { n: 5 }).version).toBe((size as number) + 1);
    const expected = [...given, { n: 5 }];
    expect(await eventsNowAndLater()).toEqual([expected, expected]);
  });

  it('is refused when it has holes', () => {
    const list: object[] = [];
    list[1] = { n: 2 };
    const refusal = expect.objectContaining({ code: expect.any(String) as string }) as Error;
    expect(() => store.commit('s', list)).toThrow(refusal);
    expect(() => store.commitAll([{ stream: 's', events: list }])).toThrow(refusal);
    expect(store.position).toBe(0);
  });
});

describe('a commitId', () => {
  it('that commits when it is read loses nothing', async () => {
    let reads = 0;
    const metadata = {
      get commitId(): string {
        store.commit('s', { n: ++reads });
        return 'once';
      },
    };
    store.commit('s', { n: 0 }, metadata);
    const expected = [...Array.from({ length: reads }, (_, index) => ({ n: index + 1 })), { n: 0 }];
    expect(store.getEventStream('s').events).toEqual(expected);
    expect(await eventsNowAndLater()).toEqual([expected, expected]);
  });

  class Context {
    readonly user = 7;
    get commitId(): string {
      return 'once';
    }
  }

  it.each<[string, () => object]>([
    ['the class of the metadata has', () => new Context()],
    ['cannot be enumerated', () => Object.defineProperty({ user: 7 }, 'commitId', { value: 'once' })],
  ])('that %s is written, and found in the next life of the store', async (_, metadata) => {
    store.commit('s', { n: 1 }, metadata());
    await store.close();
    store = stores.open({ indexTypes: true, tagsAccessor: 'tags' });
    expect(store.commit('s', { n: 1 }, metadata()).isDuplicate).toBe(true);
    expect(store.storage.readEvent(1).metadata).toMatchObject({ user: 7, commitId: 'once' });
    expect(store.position).toBe(1);
  });
});

it('metadata that would be lost in silence are refused', () => {
  for (const metadata of [new Map([['user', 7]]), new Set([7]), ['user']]) {
    expect(() => store.commit('s', { n: 1 }, metadata)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
    expect(() => store.commitAll([{ stream: 's', events: { n: 1 }, metadata }])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
  }
  expect(store.position).toBe(0);
});

describe('a query', () => {
  it('of a condition may commit when it is read, and the version is still that of the stream', async () => {
    const failIfEventsMatch = {
      get items() {
        store.commit('s', { type: 'Other', n: 1 });
        return [{ types: ['Placed'] }];
      },
    };
    store.commit('s', { type: 'Placed', n: 2 }, { condition: { failIfEventsMatch } });
    const [now, later] = await eventsNowAndLater();
    expect(store.getEventStream('s').events).toEqual(now);
    expect([(now as Numbered[]).at(-1), later]).toEqual([{ type: 'Placed', n: 2 }, now]);
  });

  it('with a hole in a list is refused: it would match less in silence', () => {
    store.commit('s', { type: 'Placed', tags: ['order:7'], n: 1 });
    const tags: string[] = [];
    tags[1] = 'order:7';
    const condition = { failIfEventsMatch: { items: [{ tags }] } };
    expect(() => store.commit('s', { n: 2 }, { condition })).toThrow(
      expect.objectContaining({ code: 'INVALID_QUERY' }) as Error,
    );
  });

  it('goes on meaning what it meant, for a stream and for a consumer', async () => {
    for (let n = 1; n <= 3; n++) store.commit('s', { type: n === 2 ? 'B' : 'A', n });
    store.flush();
    const types = ['A'];
    const query = { items: [{ types }] };
    const stream = store.query<Numbered>(query);
    const consumer = store.getConsumer<number[], Numbered>({ query }, 'c', []);
    types[0] = 'B';
    expect(stream.events.map(({ n }) => n)).toEqual([1, 3]);
    const run = consumer.run(({ n }) => consumer.setState((seen) => [...seen, n]));
    await consumer.waitFor(3);
    await consumer.stop();
    await run;
    expect(consumer.state).toEqual([1, 3]);
  });
});

it('a consumer waits for what can be awaited and is no promise', async () => {
  for (let n = 1; n <= 3; n++) store.commit('s', { n });
  store.flush();
  const consumer = store.getConsumer<number[], Numbered>('s', 'c', []);
  const log: string[] = [];
  const then = ['th', 'en'].join('');
  const run = consumer.run(({ n }) => {
    log.push(`begin ${n}`);
    consumer.setState((seen) => [...seen, n]);
    // It resolves twice, and its method returns nothing that could be awaited.
    const settle = (resolve: () => void): void =>
      void setImmediate(() => {
        log.push(`end ${n}`);
        resolve();
        resolve();
      });
    return { [then]: settle };
  });
  await consumer.waitFor(3);
  await consumer.stop();
  await run;
  expect(log).toEqual([1, 2, 3].flatMap((n) => [`begin ${n}`, `end ${n}`]));
  expect([consumer.state, consumer.position]).toEqual([[1, 2, 3], 3]);
});

describe('a hook that commits with the commit id of the commit that it is asked about', () => {
  it.each([false, true])('has that commit given back, and the id is there once, jointly: %s', async (isJoint) => {
    const metadata = { commitId: 'once' };
    let isAsked = false;
    store.preCommit(() => {
      if (isAsked) return;
      isAsked = true;
      store.commit('s', { n: 1 }, metadata);
    });
    const commit = isJoint
      ? store.commitAll([{ stream: 's', events: { n: 2 }, metadata }])
      : store.commit('s', { n: 2 }, metadata);
    expect(commit).toMatchObject({ isDuplicate: true, position: 1 });
    expect(await eventsNowAndLater()).toEqual([[{ n: 1 }], [{ n: 1 }]]);
  });
});

// Matchers, types and tags were asked about the instance, while the result of its toJSON was stored: a condition on its type
// let it pass, and a derived stream that was rebuilt had other events than before.
describe.each(['msgpackr', 'json'] as const)(
  'an event that says by a toJSON what is stored of it, with %s,',
  (serializer) => {
    class Paid {
      readonly type = 'Paid';
      readonly amount = 7;
      toJSON(): object {
        return { type: 'Paid', cents: 100 * this.amount, tags: ['money'] };
      }
    }
    const stored = { type: 'Paid', cents: 700, tags: ['money'] };
    const queries = [{ types: ['Paid'] }, { tags: ['money'] }];

    beforeEach(() => {
      store.storage.close();
      stores = new StoresOnDisk();
      store = stores.open({ indexTypes: true, tagsAccessor: 'tags', serializer });
    });

    it('is found by what is stored', () => {
      store.createEventStream('paid', { cents: 700 });
      store.createEventStream('in-cents', (event) => event['cents'] === 700);
      store.commit('s', new Paid());
      store.commitAll([{ stream: 't', events: [new Paid()] }]);
      for (const stream of ['_all', 'paid', 'in-cents']) {
        expect(store.getEventStream(stream).events).toEqual([stored, stored]);
      }
      for (const item of queries) {
        const condition = { condition: { failIfEventsMatch: { items: [item] } } };
        expect(() => store.commit('s', { n: 1 }, condition)).toThrow(
          expect.objectContaining({ code: 'CONDITION_FAILED' }),
        );
      }
      store.createEventStream('made-later', { cents: 700 });
      expect(store.getEventStream('made-later').events).toEqual([stored, stored]);
    });

    it('is refused when that throws, or is no object', () => {
      const broken = {
        toJSON: (): object => {
          throw new Error('no form');
        },
      };
      expect(() => store.commit('s', broken)).toThrow(expect.objectContaining({ code: 'SERIALIZATION', stream: 's' }));
      expect(() => store.commit('s', { toJSON: () => 'text' })).toThrow(
        expect.objectContaining({ code: 'INVALID_EVENT' }),
      );
      expect(store.storage.visiblePosition).toBe(0);
    });
  },
);
