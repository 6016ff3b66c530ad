/**
 * What is remembered of an event that was dropped since is compared with the epochs of the dropped events, which are all that
 * is left of them: a store that lost what was handled, and wrote something else there, is not treated as the one it was.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let directory: string;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => rmSync(directory, { recursive: true }));

function open(place: string): EventStore {
  const storageConfig = { segmentBytes: 512, consumerDirectory: join(directory, 'consumers') };
  return new EventStore('shop', { storageDirectory: join(directory, place), storageConfig });
}

/** Opens the store again, in an epoch of its own, and commits numbers up to `last`. */
async function commitTo(place: string, last: number): Promise<void> {
  const store = open(place);
  for (let number = store.position + 1; number <= last; number++) store.commit('orders', { number, place });
  await store.close();
}

/** Lets the consumer handle what it has not handled yet; resolves with the number of these events. */
async function consume(store: EventStore): Promise<number> {
  const consumer = store.getConsumer('orders', 'counter');
  let count = 0;
  const stop = new AbortController();
  consumer.on('caught-up', () => stop.abort());
  await consumer.run(() => count++, stop);
  return count;
}

describe('a consumer whose last event was dropped', () => {
  // Epoch 1 ends with 20. The consumer stops at `handled`; then the copy goes on from 20 in the epochs 2 and 3.
  async function droppedAfter(handled: number): Promise<EventStore> {
    await commitTo('live', 20);
    cpSync(join(directory, 'live'), join(directory, 'copy'), { recursive: true });
    if (handled > 20) await commitTo('live', handled);
    const live = open('live');
    expect(await consume(live)).toBe(handled);
    await live.close();
    await commitTo('copy', 20);
    await commitTo('copy', 60);
    const copy = open('copy');
    const { firstPosition } = await copy.drop({ before: 50 });
    expect(firstPosition).toBeGreaterThan(31);
    return copy;
  }

  it('ends with DIVERGED when another writer had put another event there', async () => {
    const copy = await droppedAfter(30);
    await expect(consume(copy)).rejects.toMatchObject({ code: 'DIVERGED', position: 30 });
    await copy.close();
  });

  it('goes on, to the event that is not there any more, when it was the same', async () => {
    const copy = await droppedAfter(20);
    await expect(consume(copy)).rejects.toMatchObject({ code: 'EVENTS_DROPPED', position: 21 });
    await copy.close();
  });
});
