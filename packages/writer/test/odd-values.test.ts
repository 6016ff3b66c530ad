/** Values that no user intends and every user passes at some time: each is refused with a code, and nothing is written. */
import type { Consumer } from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore, WriteOptions } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

let stores: StoresOnDisk;
let store: EventStore;

function open(options: WriteOptions = {}, config: object = {}): EventStore {
  return (store = stores.open(options, config));
}

beforeEach(() => {
  stores = new StoresOnDisk();
  open();
});
afterEach(() => store.storage.close());

const withCode = (code: string): Error =>
  expect.objectContaining({ code, hint: expect.any(String) as string }) as Error;
const as = (value: unknown): never => value as never;

describe('a commit to several streams', () => {
  it.each([
    ['no array', { stream: 's', events: { n: 1 } }],
    ['a part that is null', [null]],
    ['a part that is text', ['s']],
    ['metadata that are no object', [{ stream: 's', events: { n: 1 }, metadata: 5 }]],
    ['metadata that are null', [{ stream: 's', events: { n: 1 }, metadata: null }]],
    ['no part at all', []],
  ])('is refused: %s', (_, commits) => {
    expect(() => store.commitAll(as(commits))).toThrow(
      expect.objectContaining({ hint: expect.any(String) as string }) as Error,
    );
    expect(store.position).toBe(0);
  });

  it('has its events validated, and streams without events only checked', () => {
    store.storage.close();
    stores = new StoresOnDisk();
    const validate = (value: unknown): object =>
      (value as { n: number }).n > 0
        ? { value: { n: (value as { n: number }).n } }
        : { issues: [{ message: 'too small' }] };
    open({}, { schemas: { Counted: { '~standard': { version: 1, vendor: 'test', validate } } } });
    const commit = store.commitAll([
      { stream: 'a', events: [{ type: 'Counted', n: 1 }] },
      { stream: 'b', events: [], expectedVersion: 0 },
    ]);
    expect([commit.size, store.getEventStream('a').events]).toEqual([1, [{ type: 'Counted', n: 1 }]]);
    const bad = [{ stream: 'a', events: [{ type: 'Counted', n: 0 }] }];
    expect(() => store.commitAll(as(bad))).toThrow(/too small/);
    expect(store.position).toBe(1);
  });
});

describe('schemas', () => {
  it.each([null, 5, { A: null }, { A: 5 }, { A: {} }, { A: { '~standard': null } }, { A: { '~standard': {} } }])(
    'are refused when they are %j',
    (schemas) => {
      expect(() => stores.open({}, { schemas: as(schemas) })).toThrow(withCode('INVALID_OPTION'));
    },
  );
});

describe('the name of a stream', () => {
  it.each([undefined, 5, Symbol('s'), {}, '', '_all', 'x'.repeat(1025), '\ud800'])(
    'is refused when it is %o',
    (name) => {
      expect(() => store.commit(as(name), { n: 1 })).toThrow(withCode('INVALID_STREAM_NAME'));
      expect(store.position).toBe(0);
    },
  );
});

describe('what a commit is given', () => {
  it('may be nothing at all, and may not be text', () => {
    expect(store.commit('s', { n: 1 }, as(undefined), as(null)).version).toBe(1);
    for (const odd of ['text', Symbol('s'), true]) expect(() => store.commit('s', { n: 2 }, as(odd))).toThrow();
    for (const commitId of [5, '', null]) expect(() => store.commit('s', { n: 2 }, { commitId })).toThrow();
    expect(store.position).toBe(1);
  });

  it.each([null, 5, 'text', undefined, [null], [5]])('is no event when it is %j', (event) => {
    expect(() => store.commit('s', as(event))).toThrow(
      expect.objectContaining({ hint: expect.any(String) as string }) as Error,
    );
    expect(store.position).toBe(0);
  });
});

describe('types and tags by a path', () => {
  it('are those of the value at its end, where there is one', () => {
    store.storage.close();
    stores = new StoresOnDisk();
    open({ indexTypes: true, typeAccessor: 'meta.kind', tagsAccessor: 'meta.labels' });
    store.commit('s', [
      { meta: { kind: 'A', labels: ['x', 'x'] } },
      { meta: null },
      { meta: 5 },
      {},
      { meta: { kind: null, labels: null } },
    ]);
    expect(store.query({ items: [{ types: ['A'], tags: ['x'] }] }).length).toBe(1);
    for (const meta of [{ kind: 5 }, { kind: '' }, { labels: [5] }, { labels: {} }]) {
      expect(() => store.commit('s', { meta })).toThrow(withCode('INVALID_EVENT'));
    }
    expect(store.position).toBe(5);
  });
});

describe('a consumer', () => {
  const consumer = (): Consumer<{ seen: number }, { n: number }> => store.getConsumer('s', 'c', { seen: 0 });

  it('takes no state outside of its handler', () => {
    expect(() => consumer().setState({ seen: 5 })).toThrow(withCode('OUTSIDE_HANDLER'));
  });

  it('does nothing when its signal was aborted before, and hands nothing out', async () => {
    store.commit('s', { n: 1 });
    const signal = AbortSignal.abort();
    await consumer().run(() => expect.unreachable(), { signal });
    expect(await consumer().deliveries({ signal }).next()).toMatchObject({ done: true });
    const sink = { load: () => undefined, write: () => expect.unreachable() };
    await store.getSinkConsumer('s', 'd', as(sink)).run(() => expect.unreachable(), { signal });
  });

  it('waits for handlers that are asynchronous in any way', async () => {
    for (let n = 1; n <= 4; n++) store.commit('s', { n });
    store.flush();
    const stop = new AbortController();
    // An object with a property of this name may be a promise of another library, or none.
    const then = ['th', 'en'].join('');
    const one = consumer();
    const results: unknown[] = [
      null,
      5,
      { [then]: 'no function' },
      { [then]: (resolve: () => void) => setImmediate(resolve) },
    ];
    const run = one.run(({ n }) => {
      one.setState(({ seen }) => ({ seen: seen + n }));
      return as(results[n - 1]);
    }, stop);
    await one.waitFor(4);
    stop.abort();
    await run;
    expect(one.state).toEqual({ seen: 10 });
  });
});

describe('categories', () => {
  it('are found again when very many were asked for', () => {
    for (let n = 0; n < 300; n++) store.commit(`kind${n}-1`, { n });
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 300; n++) expect(store.getEventStreamForCategory(`kind${n}`).length).toBe(1);
    }
  });
});
