/**
 * A function of the user that is called in the middle of a commit could itself commit: that commit took the position already
 * given to the one under way, and one of the two was lost. It is refused instead.
 */
import { describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Again = () => void;

/** Opens a store in which some function of the user calls `again` in the middle of a commit. */
const places: Readonly<Record<string, (storageDirectory: string, again: Again) => EventStore>> = {
  'a matcher': (storageDirectory, again) => {
    const store = new EventStore('shop', { storageDirectory });
    store.createEventStream('derived', () => {
      again();
      return true;
    });
    return store;
  },
  'a partitioner': (storageDirectory, again) => {
    const partitioner = (): string => {
      again();
      return 'all';
    };
    return new EventStore('shop', { storageDirectory, storageConfig: { partitioner } });
  },
  'an accessor of types': (storageDirectory, again) => {
    const typeAccessor = (): string => {
      again();
      return 'any';
    };
    return new EventStore('shop', { storageDirectory, storageConfig: { typeAccessor } });
  },
  'the metadata of streams': (storageDirectory, again) => {
    const streamMetadata = (): object => {
      again();
      return { a: 1 };
    };
    return new EventStore('shop', {
      storageDirectory,
      streamMetadata: streamMetadata as () => Record<string, unknown>,
    });
  },
  'the metadata of partitions': (storageDirectory, again) => {
    const metadata = (): Record<string, unknown> => {
      again();
      return { a: 1 };
    };
    return new EventStore('shop', { storageDirectory, storageConfig: { metadata } });
  },
  'a serializer': (storageDirectory, again) => {
    const serialize = (value: unknown): string => {
      again();
      return JSON.stringify(value);
    };
    const serializer = { serialize, deserialize: (text: string): unknown => JSON.parse(text) };
    return new EventStore('shop', { storageDirectory, storageConfig: { serializer } });
  },
};

describe.each(Object.entries(places))('a commit made by %s', (_, open) => {
  it('is refused, and the one under way is as if nothing had happened', async () => {
    const storageDirectory = temporaryDirectory();
    let inner: unknown;
    let isActive = false;
    await using store = open(storageDirectory, () => {
      if (!isActive) return;
      isActive = false;
      try {
        store.commit('inner', { n: 2 });
      } catch (error) {
        inner = error;
      }
    });
    isActive = true;
    store.commit('outer', [{ n: 1 }]);
    expect(inner).toMatchObject({ code: 'COMMIT_UNDER_WAY', hint: expect.stringMatching(/\w/u) as string });
    store.commit('outer', [{ n: 3 }]);
    expect(store.getEventStream('_all').events).toEqual([{ n: 1 }, { n: 3 }]);
    expect(store.getStreamVersion('inner')).toBeLessThanOrEqual(0);
  });
});

it('is refused from an event that is made plain while it is written', async () => {
  await using store = new EventStore('shop', { storageDirectory: temporaryDirectory() });
  const event = {
    get n(): number {
      store.commit('inner', { n: 2 });
      return 1;
    },
  };
  const cause = expect.objectContaining({ code: 'COMMIT_UNDER_WAY' }) as Error;
  expect(() => store.commit('outer', event)).toThrow(
    expect.objectContaining({ code: 'SERIALIZATION', cause }) as Error,
  );
  store.commit('outer', { n: 3 });
  expect(store.getEventStream('_all').events).toEqual([{ n: 3 }]);
});

it('is not the only thing that is refused', async () => {
  await using store = new EventStore('shop', { storageDirectory: temporaryDirectory() });
  store.commit('closable', { n: 0 });
  store.createEventStream('other', { n: 0 });
  const actions: Readonly<Record<string, Again>> = {
    createEventStream: () => store.createEventStream('third', { n: 1 }),
    deleteEventStream: () => store.deleteEventStream('other'),
    closeEventStream: () => store.closeEventStream('closable'),
    commitAll: () => store.commitAll([{ stream: 'inner', events: { n: 2 } }]),
    flush: () => store.flush(),
    reindex: () => store.storage.reindex(0),
  };
  const outcomes: Record<string, unknown> = {};
  let isActive = false;
  store.createEventStream('derived', () => {
    for (const [name, action] of isActive ? Object.entries(actions) : []) {
      try {
        action();
      } catch (error) {
        outcomes[name] = (error as { code?: string }).code;
      }
    }
    return true;
  });
  isActive = true;
  store.commitAll([{ stream: 'outer', events: { n: 1 } }]);
  expect(outcomes).toEqual(Object.fromEntries(Object.keys(actions).map((name) => [name, 'COMMIT_UNDER_WAY'])));
  expect(store.getEventStream('derived').events).toEqual([{ n: 0 }, { n: 1 }]);
  expect(store.getEventStream('other').events).toEqual([{ n: 0 }]);
});
