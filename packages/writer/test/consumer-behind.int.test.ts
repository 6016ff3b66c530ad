/**
 * A consumer whose reader is behind. A projector that was killed came back while the writer was being restarted: its reader saw
 * a new epoch in the head, had taken in fewer events than the state contains, and the consumer treated the store as cut back (a
 * DivergedError). A reader is behind until it has what its head promises.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ReadOnlyEventStore } from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';

/** More than a reader takes in at once. */
const eventCount = 20_000;
let directory: string;
/** A store as its killed writer left it, with a consumer that has handled everything. */
let storageDirectory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'consumer-behind-'));
  storageDirectory = join(directory, 'killed');
  const live = join(directory, 'live');
  await using store = await EventStore.open('shop', { storageDirectory: live });
  for (let number = 1; number <= eventCount; number++) store.commit(`order-${number % 7}`, { number });
  store.flush();
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory: live });
  await countAll(reader);
  cpSync(live, storageDirectory, { recursive: true });
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Runs the consumer until it has handled everything; returns its count. */
async function countAll(reader: ReadOnlyEventStore): Promise<number> {
  const consumer = reader.getConsumer('_all', 'counter', { count: 0 });
  const done = new AbortController();
  consumer.on('caught-up', (position) => {
    if (position === eventCount) done.abort();
  });
  await consumer.run(() => consumer.setState(({ count }) => ({ count: count + 1 })), { signal: done.signal });
  return consumer.state.count;
}

/** Removes all entries of the position index: readers see no events. */
function emptyPositionIndex(): void {
  const folder = join(storageDirectory, 'shop');
  for (const name of readdirSync(folder)) if (name.startsWith('positions-')) truncateSync(join(folder, name), 0);
}

describe('a consumer of a reader that is behind', () => {
  it('waits for the event that its state ends with when a newer writer has published it', async () => {
    emptyPositionIndex();
    await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory });
    expect(reader.position).toBe(0);
    const openWriter = (): Promise<EventStore> => EventStore.open('shop', { storageDirectory });
    // The consumer is waiting already when the new writer publishes its head.
    const [count, writer] = await Promise.all([countAll(reader), setImmediate().then(openWriter)]);
    expect(count).toBe(eventCount);
    await writer.close();
  });
});
