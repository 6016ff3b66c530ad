/**
 * Consumers over a copy, on another machine: the writer's machine may lose what it has not synced, and a result that contains
 * it would be one of events that never were. They stop at the durable position, unless told otherwise.
 */
import { type Consumer, ReadOnlyEventStore, type Sink, type SinkCheckpoint } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Numbered {
  readonly number: number;
}

interface Seen {
  readonly numbers: readonly number[];
}

/** A store with three events that are durable, and two that are not. */
async function openStore(storageDirectory: string): Promise<EventStore> {
  const writer = await EventStore.open('shop', { storageDirectory });
  for (let number = 1; number < 3; number++) writer.commit('s', { number });
  await writer.commit('s', { number: 3 }).durable;
  for (let number = 4; number <= 5; number++) writer.commit('s', { number });
  writer.flush();
  return writer;
}

function collector(reader: ReadOnlyEventStore, readUndurable?: boolean): Consumer<Seen, Numbered> {
  const id = `collector-${String(readUndurable)}`;
  const options = readUndurable === undefined ? {} : { readUndurable };
  const consumer = reader.getConsumer<Seen, Numbered>('_all', id, { numbers: [] }, 0, options);
  consumer.on('data', ({ number }) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, number] })));
  return consumer;
}

it.each([
  ['of a copy stops at the durable position', true, undefined, [1, 2, 3]],
  ['of a copy stops there also when told so', true, false, [1, 2, 3]],
  ['of a copy that reads what is not durable goes on', true, true, [1, 2, 3, 4, 5]],
  ['of the store itself reads all that is visible', false, undefined, [1, 2, 3, 4, 5]],
])('A consumer %s', async (_name, replica, readUndurable, expected) => {
  const storageDirectory = temporaryDirectory();
  await using writer = await openStore(storageDirectory);
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory, replica, pollIntervalMs: 5 });
  // Reading is another matter: what a copy has can be looked at.
  expect(reader.position).toBe(5);
  const consumer = collector(reader, readUndurable);
  await consumer.waitFor(expected.length);
  // It looks again, and again finds no more: another event that is not durable has woken it.
  writer.commit('s', { number: 6 });
  writer.flush();
  await reader.waitFor(6);
  reader.storage.poll();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const now = expected.length === 5 ? [...expected, 6] : expected;
  if (expected.length === 5) await consumer.waitFor(6);
  expect(consumer.state.numbers).toEqual(now);
  // What becomes durable is handled, although nothing new is visible.
  await writer.commit('s', { number: 7 }).durable;
  await consumer.waitFor(7);
  expect(consumer.state.numbers).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await consumer.stop();
});

it.each([
  [false, [1, 2, 3]],
  [true, [1, 2, 3, 4, 5]],
])('A consumer into a sink, over a copy, with readUndurable %s', async (readUndurable, expected) => {
  const storageDirectory = temporaryDirectory();
  await using writer = await openStore(storageDirectory);
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory, replica: true, pollIntervalMs: 5 });
  const rows: number[] = [];
  let saved: SinkCheckpoint | undefined;
  const sink: Sink<number[]> = {
    load: () => Promise.resolve(saved),
    write: async (_key, _from, work) => {
      saved = await work(rows);
      return true;
    },
  };
  const consumer = reader.getSinkConsumer<number[], Numbered>('_all', 'rows', sink, { readUndurable });
  const stop = new AbortController();
  let wanted = expected.length;
  consumer.on('caught-up', (position) => {
    if (position >= wanted) stop.abort();
  });
  const fill = (signal: AbortSignal): Promise<void> => consumer.run(({ number }) => rows.push(number), { signal });
  await fill(stop.signal);
  expect(rows).toEqual(expected);
  await writer.commit('s', { number: 6 }).durable;
  wanted = 6;
  const again = new AbortController();
  consumer.on('caught-up', (position) => {
    if (position >= wanted) again.abort();
  });
  await fill(again.signal);
  expect(rows).toEqual([1, 2, 3, 4, 5, 6]);
});
