/** Consumers of a reader while events that it has seen are lost, and others take their positions. */
import type { Sink, SinkCheckpoint } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { LossyStore, type Numbered, times, turns } from './lost-events.ts';

describe('waiting for a consumer', () => {
  it('waits for the events that came in the place of those that it had seen', async () => {
    const lossy = new LossyStore(times(1, 'orders'));
    lossy.commit(times(4, 'others'));
    lossy.reader.storage.poll();
    const seen: number[] = [];
    let isSlow = false;
    const consumer = lossy.reader.getConsumer<unknown, Numbered>('orders', 'counter');
    const running = consumer.run(async ({ number }) => {
      if (isSlow) await turns();
      seen.push(number);
    });
    await consumer.waitFor(5);
    isSlow = true;
    lossy.lose(times(4, 'orders'));
    await consumer.waitFor(5);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    await consumer.stop();
    await running;
    await lossy.close();
  });

  it('rejects when its state is of events that are lost', async () => {
    const lossy = new LossyStore(times(1, 'orders'));
    lossy.commit(times(4, 'orders'));
    lossy.reader.storage.poll();
    const consumer = lossy.reader.getConsumer('orders', 'counter');
    const running = consumer.run(() => undefined);
    await consumer.waitFor(5);
    lossy.lose(times(4, 'orders'));
    await expect(running).rejects.toMatchObject({ code: 'DIVERGED' });
    await expect(consumer.waitFor(4)).rejects.toMatchObject({ code: 'DIVERGED' });
    await lossy.close();
  });
});

describe('waiting for a saved state', () => {
  it.each([
    {
      how: 'ends when there are fewer of its events now',
      lost: times(4, 'orders'),
      found: [...times(3, 'others'), ...times(1, 'orders')],
    },
    { how: 'goes on when there are more of them', lost: times(4, 'others'), found: times(4, 'orders') },
  ])('$how', async ({ lost, found }) => {
    const lossy = new LossyStore(times(1, 'orders'));
    lossy.commit(lost);
    lossy.reader.storage.poll();
    let result: unknown;
    const waiting = lossy.reader.waitForConsumer('orders', 'numbers', 5).then((saved) => (result = saved));
    await turns();
    lossy.lose(found);
    const checkpoint = { everyEvents: 1 };
    const consumer = lossy.store.getConsumer<number[], Numbered>('orders', 'numbers', [], 0, { checkpoint });
    const numbers = found.flatMap(([stream], index) => (stream === 'orders' ? [index + 2] : []));
    const stopped = new AbortController();
    const handle = ({ number }: Numbered): void => {
      consumer.setState((state) => [...state, number]);
      stopped.abort();
    };
    await consumer.run(handle, { signal: stopped.signal });
    lossy.clock.advance(1000);
    await turns();
    expect(result).toBeUndefined();
    const running = consumer.run(handle);
    await consumer.waitFor(5);
    await consumer.stop();
    await running;
    lossy.clock.advance(1000);
    await waiting;
    expect(result).toEqual({ position: 5, state: [1, ...numbers] });
    await lossy.close();
  });
});

it('a sink gets no event of another history, however long it takes to begin a transaction', async () => {
  const lossy = new LossyStore(times(1, 'orders'));
  lossy.commit(times(4, 'orders'));
  lossy.reader.storage.poll();
  const rows: number[] = [];
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let saved: SinkCheckpoint | undefined;
  const sink: Sink<number[]> = {
    load: () => Promise.resolve(saved),
    async write(_key, _expected, fill) {
      if (rows.length > 0) {
        begun.resolve();
        await gate.promise;
      }
      const written: number[] = [];
      saved = await fill(written);
      rows.push(...written);
      return true;
    },
  };
  const consumer = lossy.reader.getSinkConsumer<number[], Numbered>('orders', 'rows', sink, {
    eventsPerTransaction: 2,
  });
  const running = consumer.run((_event, { position }, written) => void written.push(position));
  const ended = running.catch((error: unknown) => error);
  await begun.promise;
  lossy.lose(times(4, 'others'));
  gate.resolve();
  expect(await ended).toMatchObject({ code: 'DIVERGED' });
  expect(rows).toEqual([1, 2]);
  await lossy.close();
});

it('a consumer of a query goes on behind the events that came in the place of those that it had seen', async () => {
  const lossy = new LossyStore([['orders', 'Placed', 'Paid']], { indexTypes: true });
  lossy.commit([['orders', 'Placed', 'Paid', 'Paid']]);
  lossy.reader.storage.poll();
  const seen: number[] = [];
  const query = { items: [{ types: ['Placed'] }] };
  // After the second of them, which is at position 3, and then at position 5.
  const consumer = lossy.reader.getConsumer<unknown, Numbered>({ query }, 'placed', undefined, 2);
  const running = consumer.run(({ number }) => void seen.push(number));
  await turns();
  lossy.lose([['orders', 'Paid', 'Paid', 'Placed']]);
  await turns();
  lossy.commit([['orders', 'Placed']]);
  lossy.reader.storage.poll();
  await consumer.waitFor(6);
  await consumer.stop();
  await running;
  expect(seen).toEqual([6]);
  await lossy.close();
});
