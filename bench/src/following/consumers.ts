/**
 * The throughput of a consumer with a state: saved now and then, and saved durably at every event, next to the disk's
 * own syncs.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckpointOptions, ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import { createOrder, type Order } from '../reference/order.ts';
import { median } from '../report/statistics.ts';
import { type Figure, perSecond } from './figure.ts';

const EVENT_COUNT = 200_000;
const DURABLE_EVENTS = 4000;
const ROUNDS = 5;
const STORE = 'bench';

interface Totals {
  readonly count: number;
  readonly quantity: number;
}

export async function measureConsumers(storageDirectory: string): Promise<Figure[]> {
  await fill(storageDirectory);
  await using reader = await ReadOnlyEventStore.open(STORE, { storageDirectory });
  const rounds: Record<'scan' | 'unsaved' | 'saved' | 'syncs' | 'durable', number>[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    rounds.push({
      scan: timed(() => scan(reader)),
      unsaved: await consume(reader, EVENT_COUNT, { everyEvents: Infinity, everyMs: Infinity, onCaughtUp: false }),
      saved: await consume(reader, EVENT_COUNT, { everyEvents: 100 }),
      syncs: timed(() => writeAndSync(join(storageDirectory, 'raw'), DURABLE_EVENTS)),
      durable: await consume(reader, DURABLE_EVENTS, { everyEvents: 1, durable: true }),
    });
  }
  const row = (what: string, key: keyof (typeof rounds)[number], count: number): Figure => {
    // The first round compiles the code and does not count.
    const times = rounds.slice(1).map((round) => round[key]);
    return { what, median: perSecond(count, median(times)), best: perSecond(count, Math.min(...times)) };
  };
  return [
    row('scan of the same events, decoded', 'scan', EVENT_COUNT),
    row('consumer with a state, saved when it stops', 'unsaved', EVENT_COUNT),
    row('consumer with a state, saved every 100 events', 'saved', EVENT_COUNT),
    row('fdatasync after a write of 64 bytes in place', 'syncs', DURABLE_EVENTS),
    row('consumer saved at every event, durable', 'durable', DURABLE_EVENTS),
  ];
}

async function fill(storageDirectory: string): Promise<void> {
  await using store = await EventStore.open(STORE, { storageDirectory });
  for (let number = 1; number <= EVENT_COUNT; number++) {
    store.commit(`customer-${number % 100}`, createOrder(number));
    if (number % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

let consumers = 0;

/** The milliseconds that a new consumer takes for the first `count` events. */
async function consume(reader: ReadOnlyEventStore, count: number, checkpoint: CheckpointOptions): Promise<number> {
  const initial: Totals = { count: 0, quantity: 0 };
  const consumer = reader.getConsumer<Totals, Order>('_all', `c${++consumers}`, initial, 0, { checkpoint });
  const stop = new AbortController();
  const handler = ({ quantity }: Order): void => {
    consumer.setState((totals) => ({ count: totals.count + 1, quantity: totals.quantity + quantity }));
    if (consumer.state.count === count) stop.abort();
  };
  const start = performance.now();
  await consumer.run(handler, stop);
  const elapsedMs = performance.now() - start;
  let quantity = 0;
  for (let number = 1; number <= count; number++) quantity += createOrder(number).quantity;
  if (consumer.state.count !== count || consumer.state.quantity !== quantity) {
    throw new Error(`${JSON.stringify(consumer.state)} instead of ${count} events with ${quantity} pieces`);
  }
  return elapsedMs;
}

function scan(reader: ReadOnlyEventStore): number {
  return timed(() => {
    let count = 0;
    for (const order of reader.getAllEvents<Order>()) count += Math.min(order.quantity, 1);
    if (count !== EVENT_COUNT) throw new Error(`read ${count} instead of ${EVENT_COUNT}`);
  });
}

/** What the disk itself takes: small writes in place, each of them synced. */
function writeAndSync(path: string, count: number): void {
  const descriptor = openSync(path, 'w');
  const bytes = new Uint8Array(64);
  writeSync(descriptor, new Uint8Array(8192), 0, 8192, 0);
  for (let number = 0; number < count; number++) {
    writeSync(descriptor, bytes, 0, bytes.length, (number % 2) * 4096);
    fdatasyncSync(descriptor);
  }
  closeSync(descriptor);
}

function timed(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}
