/**
 * Consumers of derived streams that do not exist yet. They went on past the events with which such a stream begins, which are
 * older than the stream, and never handled those.
 *
 * A derived stream over existing events has them in a run of its own. In a copy that is being made, this file may come late:
 * until then the stream does not exist, and when it does, none of its events was passed over.
 */
import { cpSync, readdirSync } from 'node:fs';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Numbered {
  readonly number: number;
}

it('A derived stream whose first run is missing in a copy is waited for', async () => {
  const [source, copies] = [temporaryDirectory(), temporaryDirectory()];
  await using writer = await EventStore.open('shop', { storageDirectory: source });
  for (let number = 1; number <= 20; number++) writer.commit('s', { number, even: number % 2 === 0 });
  writer.createEventStream('evens', { even: true });
  for (let number = 21; number <= 30; number++) writer.commit('s', { number, even: number % 2 === 0 });
  await writer.commit('s', { number: 31, even: false }).durable;
  const backfills = readdirSync(`${source}/shop/indexes`).filter((name) => /-\d+-\d+\.run$/.test(name));
  expect(backfills.length).toBe(1);
  cpSync(source, copies, { recursive: true, filter: (path) => !path.endsWith(backfills[0]!) });
  const options = { storageDirectory: copies, replica: true, pollIntervalMs: 5 };
  await using reader = await ReadOnlyEventStore.open('shop', options);
  const evens = Array.from({ length: 15 }, (_, index) => 2 * (index + 1));
  const consumer = reader.getConsumer<{ numbers: number[] }, Numbered>('evens', 'seen', { numbers: [] });
  consumer.on('data', ({ number }) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, number] })));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(consumer.state.numbers).toEqual([]);
  expect(reader.getStreamVersion('evens')).toBe(0);
  cpSync(source, copies, { recursive: true });
  await writer.commit('s', { number: 32, even: true }).durable;
  cpSync(source, copies, { recursive: true });
  await reader.waitFor(32);
  expect(reader.getEventStream<Numbered>('evens').events.map(({ number }) => number)).toEqual([...evens, 32]);
  await consumer.waitFor(32);
  expect(consumer.state.numbers).toEqual([...evens, 32]);
});

// Without a look in between, nothing showed that it was another stream, and the events with which it begins were passed over.
it.each([
  ['sees in between that there is none', true],
  ['does not see in between that there is none', false],
])(
  'A consumer of a derived stream that is made again handles it from its first event on when it %s',
  async (_, looks) => {
    const storageDirectory = temporaryDirectory();
    await using writer = await EventStore.open('shop', { storageDirectory });
    for (let number = 1; number <= 20; number++) writer.commit('s', { number, even: number % 2 === 0 });
    writer.createEventStream('evens', { number: 0 });
    const consumer = writer.getConsumer<{ numbers: number[] }, Numbered>('evens', 'seen', { numbers: [] });
    consumer.on('data', ({ number }) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, number] })));
    await consumer.waitFor(20);
    writer.deleteEventStream('evens');
    if (looks) await consumer.waitFor(writer.commit('t', {}).position);
    writer.createEventStream('evens', { even: true });
    const { position } = writer.commit('s', { number: 22, even: true });
    await consumer.waitFor(position);
    expect(consumer.state.numbers).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  },
);

it('A consumer of a derived stream that is made later handles the events that were there before it', async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory });
  for (let number = 1; number <= 20; number++) writer.commit('s', { number, even: number % 2 === 0 });
  const consumer = writer.getConsumer<{ numbers: number[] }, Numbered>('evens', 'seen', { numbers: [] });
  consumer.on('data', ({ number }) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, number] })));
  await consumer.waitFor(20);
  writer.createEventStream('evens', { even: true });
  writer.commit('s', { number: 21, even: true });
  await consumer.waitFor(21);
  expect(consumer.state.numbers).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 21]);
});

it('A join with a derived stream whose first run is missing in a copy waits for it', async () => {
  const [source, copies] = [temporaryDirectory(), temporaryDirectory()];
  await using writer = await EventStore.open('shop', { storageDirectory: source });
  for (let number = 1; number <= 10; number++) writer.commit('s', { number, even: number % 2 === 0 });
  writer.createEventStream('evens', { even: true });
  await writer.commit('t', { number: 11 }).durable;
  const backfill = readdirSync(`${source}/shop/indexes`).find((name) => /-\d+-\d+\.run$/.test(name));
  cpSync(source, copies, { recursive: true, filter: (path) => !path.endsWith(backfill!) });
  const options = { storageDirectory: copies, replica: true, pollIntervalMs: 5 };
  await using reader = await ReadOnlyEventStore.open('shop', options);
  const names = { streams: ['evens', 't'] };
  const consumer = reader.getConsumer<{ numbers: number[] }, Numbered>(names, 'seen', { numbers: [] });
  let isCaughtUp = false;
  consumer.on('caught-up', () => (isCaughtUp = true));
  consumer.on('data', ({ number }) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, number] })));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([isCaughtUp, consumer.state.numbers]).toEqual([false, []]);
  // Nothing else comes: the file alone lets it go on.
  cpSync(source, copies, { recursive: true });
  await consumer.waitFor(11);
  expect(consumer.state.numbers).toEqual([2, 4, 6, 8, 10, 11]);
});

it.each(['runs meanwhile', 'is stopped meanwhile'])(
  'A join that a derived stream comes to has its events from before, also of a consumer that %s',
  async (mode) => {
    await using writer = await EventStore.open('shop', { storageDirectory: temporaryDirectory() });
    for (let number = 1; number <= 5; number++) writer.commit('s', { number, type: 'A' });
    writer.flush();
    const names = { streams: ['late', 'other'] };
    const consumer = writer.getConsumer<{ numbers: number[] }, Numbered>(names, 'seen', { numbers: [] });
    const run = (): Promise<void> =>
      consumer.run(({ number }) => consumer.setState(({ numbers }) => ({ numbers: [...numbers, number] })));
    let running = run();
    await consumer.waitFor(5);
    if (mode !== 'runs meanwhile') await consumer.stop();
    writer.createEventStream('late', { type: 'A' });
    if (mode !== 'runs meanwhile') running = run();
    writer.commit('s', { number: 6, type: 'A' });
    await consumer.waitFor(6);
    expect(consumer.state.numbers).toEqual([1, 2, 3, 4, 5, 6]);
    await consumer.stop();
    await running;
  },
);
