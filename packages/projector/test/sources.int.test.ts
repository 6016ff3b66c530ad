/** Projections over everything that a consumer can read: the result equals that of reading the stream. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Projector } from '../src/index.ts';

const patience = { timeout: 20_000 };

let storageDirectory: string;
let store: EventStore;
let projector: Projector | undefined;

beforeEach(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-sources-'));
  store = await EventStore.open('shop', { storageDirectory, storageConfig: { indexTypes: true } });
});

afterEach(async () => {
  await projector?.stop();
  projector = undefined;
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

/** Events of three categories, committed in turn. */
async function commit(count: number): Promise<number> {
  for (let number = 0; number < count; number++) {
    const stream = ['order-1', 'order-2', 'payment-1', 'user-7'][number % 4]!;
    store.commit(stream, { type: number % 3 === 0 ? 'Opened' : 'Closed', number });
  }
  const { lastPosition, flushed } = store.commit('order-2', { type: 'Opened', number: -1 });
  await flushed;
  return lastPosition;
}

function read(stream: unknown): unknown[] {
  if (typeof stream === 'string') return [...store.getEventStream(stream)];
  const { category, streams, query } = stream as { category?: string; streams?: string[]; query?: never };
  if (category !== undefined) return [...store.getEventStreamForCategory(category)];
  return streams === undefined ? [...store.query(query!)] : [...store.getJoinedStream('join', streams)];
}

it.each<[string, unknown, string]>([
  ['a stream', 'order-2', 'order-2'],
  ['a derived stream', 'opened', 'opened'],
  ['all events', '_all', '_all'],
  ['a category', { category: 'order' }, 'category order'],
  ['a join', { streams: ['payment-1', 'order-1'] }, 'join of order-1, payment-1'],
  ['a query', { query: { items: [{ types: ['Opened'] }] } }, 'query'],
])('reads %s, history and live', async (_, stream, name) => {
  store.createEventStream('opened', { type: 'Opened' });
  await commit(200);
  const path = join(storageDirectory, 'numbers.mjs');
  const on = 'on: { Opened: (list, { number }) => [...list, number], Closed: (list, { number }) => [...list, number] }';
  writeFileSync(
    path,
    `export const projection = { name: 'numbers', stream: ${JSON.stringify(stream)}, initialState: [], ${on} };`,
  );
  projector = new Projector({ storageDirectory, store: 'shop', projections: [path], workerOutput: 'ignore' });
  await projector.start();
  await expect.poll(() => projector!.status()[0]!.isLive, patience).toBe(true);
  await projector.waitFor('numbers', await commit(50));
  const expected = read(stream).map((event) => (event as { number: number }).number);
  expect(expected.length).toBeGreaterThan(10);
  expect(projector.state('numbers')?.state).toEqual(expected);
  const [status] = projector.status();
  expect(status).toMatchObject({ lag: { events: 0, ms: 0 }, handledEvents: expected.length });
  expect(status!.stream).toContain(name);

  // It continues from its saved position: earlier events are neither handled again nor counted as lag.
  await projector.stop();
  projector = new Projector({ storageDirectory, store: 'shop', projections: [path], workerOutput: 'ignore' });
  await projector.start();
  await projector.waitFor('numbers', await commit(30));
  const numbers = read(stream).map((event) => (event as { number: number }).number);
  expect(projector.state('numbers')?.state).toEqual(numbers);
  expect(projector.status()[0]).toMatchObject({
    lag: { events: 0 },
    handledEvents: numbers.length - expected.length,
  });
});
