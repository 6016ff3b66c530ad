/**
 * A stream that is read while its store is closed. It went on with what was cached, opened files that nobody closed again, and
 * ended with the error that an event "at position 0 was dropped on purpose", because the index had released its memory.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReadOnlyEventStore } from '@varve/core';
import type { EventStore } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

const count = 1000;
let stores: StoresOnDisk;
let store: EventStore;
let reader: ReadOnlyEventStore;

beforeEach(() => {
  stores = new StoresOnDisk();
  store = stores.open({ eventsPerIndexRun: 256 });
  for (let n = 1; n <= count; n++) store.commit(n % 2 === 0 ? 'even' : 'odd', { n, text: 'x'.repeat(300) });
  store.flush();
  reader = stores.openReader({ readCacheBytes: 1 });
});
afterEach(async () => {
  await reader.close();
  await store.close();
});

const closed = { code: 'STORE_CLOSED' };
const isClosed = expect.objectContaining(closed) as Error;

/** Reads on until the store is closed in the middle; returns how far it came, and why it ended. */
async function endOf(events: AsyncIterable<unknown> | Iterable<unknown>): Promise<[number, unknown]> {
  let seen = 0;
  try {
    for await (const event of events) if (event !== undefined && ++seen === 10) await reader.close();
    return [seen, 'ended'];
  } catch (error) {
    return [seen, error];
  }
}

it.each(['even', '_all'])('says that the store was closed, however it is read (%s)', async (name) => {
  const ways = [
    () => reader.getEventStream(name),
    () => reader.getEventStream(name).stored(),
    () => reader.getEventStream(name).where({ n: { $gt: 0 } }),
  ];
  for (const [number, way] of ways.entries()) {
    const [seen, end] = await endOf(way());
    expect([number, end]).toEqual([number, expect.objectContaining(closed)]);
    expect(seen).toBeLessThan(count / 2);
    reader = stores.openReader({ readCacheBytes: 1 });
  }
});

it('says so when it is first looked at', async () => {
  const streams = ['even', '_all'].map((name) => reader.getEventStream(name));
  await reader.close();
  for (const stream of streams) {
    expect(() => stream.events).toThrow(isClosed);
    expect(() => stream.length).toThrow(isClosed);
    expect(() => stream.positionAt(0)).toThrow(isClosed);
  }
});
