/** Consumers as asynchronous iterators, with explicit acknowledgement. */
import type { Consumer } from '@varve/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Numbered {
  readonly number: number;
}
interface Sums {
  readonly sum: number;
}

let writer: EventStore;

beforeEach(async () => {
  writer = await EventStore.open('shop', { storageDirectory: temporaryDirectory() });
  for (let number = 1; number <= 20; number++) writer.commit('numbers', { number });
  writer.flush();
});

afterEach(() => writer.close());

function summer(): Consumer<Sums, Numbered> {
  return writer.getConsumer<Sums, Numbered>('numbers', 'summer', { sum: 0 });
}

const sumTo = (number: number): number => (number * (number + 1)) / 2;

it('Events are delivered again until they are acknowledged', async () => {
  for (const [acknowledged, first] of [
    [0, 1],
    [5, 1],
    [5, 6],
    [12, 6],
    [20, 13],
  ] as const) {
    const consumer = summer();
    const seen: number[] = [];
    for await (const { event, metadata, ack } of consumer) {
      expect(metadata.position).toBe(event.number);
      seen.push(event.number);
      consumer.setState(({ sum }) => ({ sum: sum + event.number }));
      if (event.number === acknowledged) ack();
      if (event.number === Math.min(20, acknowledged + 3)) break;
    }
    expect(seen[0]).toBe(first);
    expect([consumer.position, consumer.state.sum]).toEqual([acknowledged, sumTo(acknowledged)]);
    expect(summer().state.sum).toBe(sumTo(acknowledged));
  }
});

it('The state that is saved is the one up to the event that was acknowledged, not what came later', async () => {
  const consumer = summer();
  const events = consumer.deliveries();
  const acks: (() => void)[] = [];
  for (let number = 1; number <= 10; number++) {
    const next = await events.next();
    acks.push(next.value!.ack);
    consumer.setState(({ sum }) => ({ sum: sum + number }));
  }
  acks[6]!();
  expect(consumer.position).toBe(7);
  // An earlier acknowledgement changes nothing.
  acks[2]!();
  expect(consumer.position).toBe(7);
  expect(consumer.state.sum).toBe(sumTo(10));
  await events.return(undefined);
  expect([consumer.position, consumer.state.sum]).toEqual([7, sumTo(7)]);
  expect(summer().state.sum).toBe(sumTo(7));
  expect(acks[8]!).toThrow(expect.objectContaining({ code: 'OUTSIDE_HANDLER' }));
  expect(summer().position).toBe(7);
});

it('An error in the loop leaves position and state as they were acknowledged, and frees the consumer', async () => {
  const consumer = summer();
  const loop = async (): Promise<void> => {
    for await (const { event, ack } of consumer) {
      consumer.setState({ sum: event.number });
      if (event.number === 4) throw new Error('no fours');
      ack();
    }
  };
  await expect(loop()).rejects.toThrow('no fours');
  expect([consumer.position, consumer.state, consumer.isRunning]).toEqual([3, { sum: 3 }, false]);
  await expect(loop()).rejects.toThrow('no fours');
});

it('Live events come as they are committed, until a signal aborts', async () => {
  const abort = new AbortController();
  const consumer = summer();
  const seen: number[] = [];
  for await (const { event, ack } of consumer.deliveries(abort)) {
    seen.push(event.number);
    consumer.setState(({ sum }) => ({ sum: sum + event.number }));
    ack();
    if (event.number >= 20 && event.number < 25) writer.commit('numbers', { number: event.number + 1 });
    if (event.number === 25) abort.abort();
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  expect(summer().state.sum).toBe(sumTo(25));
  for await (const _ of consumer.deliveries(abort)) throw new Error('it was aborted');
});

it('What is acknowledged while the loop waits for more is saved', async () => {
  const consumer = writer.getConsumer<Sums, Numbered>('numbers', 'late', { sum: 0 });
  const events = consumer.deliveries();
  let last: (() => void) | undefined;
  for (let count = 0; count < 20; count++) {
    const next = await events.next();
    if (next.done === true) break;
    last = next.value.ack;
  }
  const more = events.next();
  const saved = new Promise((resolve) => consumer.once('persisted', resolve));
  setImmediate(() => last!());
  expect(await saved).toBe(20);
  const stopped = consumer.stop();
  expect(await more).toEqual({ done: true, value: undefined });
  await stopped;
});

it('A reset in the loop begins anew, and what was delivered before it cannot be acknowledged', async () => {
  const consumer = summer();
  let hasReset = false;
  let refusal: unknown;
  for await (const { event, ack } of consumer) {
    if (event.number === 5 && !hasReset) {
      hasReset = true;
      consumer.reset({ sum: 100 }, 2);
      try {
        ack();
      } catch (error) {
        refusal = error;
      }
      continue;
    }
    consumer.setState(({ sum }) => ({ sum: sum + event.number }));
    ack();
    if (event.number === 20) break;
  }
  expect(refusal).toMatchObject({ code: 'OUTSIDE_HANDLER' });
  expect(summer().state.sum).toBe(100 + sumTo(20) - sumTo(2));
});

it('One run at a time: an iteration refuses a second one, and a run', async () => {
  const consumer = summer();
  for await (const { ack } of consumer) {
    ack();
    const inUse = { code: 'CONSUMER_IN_USE' };
    await expect(consumer.run(() => undefined)).rejects.toMatchObject(inUse);
    await expect(consumer.deliveries().next()).rejects.toMatchObject(inUse);
    await expect(summer().run(() => undefined)).rejects.toMatchObject(inUse);
    break;
  }
  expect(consumer.position).toBe(1);
});
