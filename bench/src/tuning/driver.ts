/** The program of a child process of the options measurement: does one task and prints one line of JSON. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import type { Order, SizedOrder } from '../reference/order.ts';
import { ReferenceWorkload } from '../reference/reference-workload.ts';
import { median } from '../report/statistics.ts';
import { directorySize } from '../workloads/directory-size.ts';
import type { TunedOptions, TuningFigures, TuningTask } from './task.ts';

const STORE = 'tuned';
const EVENTS = 100_000;
const STREAMS = 100;
const RANDOM_READS = 20_000;
const DURABLE_MS = 1500;
const PASSES = 3;

const task = JSON.parse(process.argv[2]!) as TuningTask;
console.log(JSON.stringify(await measure(task)));

function measure(given: TuningTask): Promise<TuningFigures> {
  if (given.kind === 'store') return measureStore(given);
  return given.kind === 'consumer' ? measureConsumer(given) : measureDurable(given);
}

async function measureStore({
  directory,
  options,
  eventsPerCommit,
}: TuningTask & { kind: 'store' }): Promise<TuningFigures> {
  const events = workload(EVENTS, eventsPerCommit);
  // A warm-up store, which does not count, compiles the code.
  await append(join(directory, 'warm'), options, workload(EVENTS / 5, eventsPerCommit));
  const storageDirectory = join(directory, 'store');
  const appended = await append(storageDirectory, options, events);
  const { readCacheBytes } = options;
  const cache = readCacheBytes === undefined ? {} : { readCacheBytes };
  await using store = await ReadOnlyEventStore.open(STORE, { storageDirectory, watch: false, ...cache });
  const positions = events.randomPositions(RANDOM_READS);
  const figures = {
    append: appended,
    scan: perSecond(EVENTS, () => readAll(store.getAllEvents<SizedOrder>())),
    streams: perSecond(EVENTS, () => {
      for (const stream of events.streams) readAll(store.getEventStream<SizedOrder>(stream));
    }),
    random: perSecond(RANDOM_READS, () => {
      for (const position of positions) store.readEvent<Order>(position);
    }),
    bytesPerEvent: directorySize(storageDirectory).lengthBytes / EVENTS,
    files: readdirSync(storageDirectory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .length,
    rssMb: process.memoryUsage.rss() / 1e6,
  };
  return figures;
}

/**
 * Events per second, from the first commit until all are with the operating system, or on the medium if the options ask
 * for that.
 */
async function append(storageDirectory: string, options: TunedOptions, events: ReferenceWorkload): Promise<number> {
  await using store = await EventStore.open(STORE, { storageDirectory, storageConfig: options });
  const ticks = [...events.ticks()];
  const start = performance.now();
  for (const tick of ticks) {
    for (const { stream, orders } of tick) store.commit(stream, orders);
    await setImmediate();
  }
  store.flush();
  return (events.shape.eventCount / (performance.now() - start)) * 1000;
}

async function measureConsumer({
  directory,
  checkpoint,
  events,
}: TuningTask & { kind: 'consumer' }): Promise<TuningFigures> {
  await append(directory, {}, workload(events, 1));
  await using reader = await ReadOnlyEventStore.open(STORE, { storageDirectory: directory, watch: false });
  const times: number[] = [];
  for (let pass = 0; pass <= PASSES; pass++) {
    const state = { count: 0, cents: 0 };
    const consumer = reader.getConsumer<typeof state, Order>('_all', `c${pass}`, state, 0, { checkpoint });
    const stop = new AbortController();
    const start = performance.now();
    await consumer.run(({ priceCents }) => {
      consumer.setState(({ count, cents }) => ({ count: count + 1, cents: cents + priceCents }));
      if (consumer.state.count === events) stop.abort();
    }, stop);
    times.push(performance.now() - start);
  }
  return { consumer: (events / median(times.slice(1))) * 1000 };
}

async function measureDurable({
  directory,
  options,
  callers,
}: TuningTask & { kind: 'durable' }): Promise<TuningFigures> {
  const events = workload(EVENTS, 1);
  await using store = await EventStore.open(STORE, { storageDirectory: directory, storageConfig: options });
  let commits = 0;
  const call = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      await store.commit(`customer-${commits % STREAMS}`, events.orderAt(++commits)).durable;
    }
  };
  const callAll = async (durationMs: number): Promise<void> => {
    const until = performance.now() + durationMs;
    await Promise.all(Array.from({ length: callers }, () => call(until)));
  };
  await callAll(DURABLE_MS / 5);
  commits = 0;
  const start = performance.now();
  await callAll(DURABLE_MS);
  return { durable: (commits / (performance.now() - start)) * 1000 };
}

function workload(eventCount: number, eventsPerCommit: number): ReferenceWorkload {
  const commitsPerTick = Math.max(1, 1000 / eventsPerCommit);
  const shape = { eventCount, streamCount: STREAMS, eventsPerCommit, commitsPerTick };
  return new ReferenceWorkload({ ...shape, eventSize: 'order', derived: false });
}

/** The median rate of `PASSES` passes, after one that does not count. */
function perSecond(count: number, pass: () => void): number {
  const times = Array.from({ length: PASSES + 1 }, () => {
    const start = performance.now();
    pass();
    return performance.now() - start;
  });
  return (count / median(times.slice(1))) * 1000;
}

function readAll(events: Iterable<SizedOrder>): void {
  let cents = 0;
  for (const { priceCents } of events) cents += priceCents;
  if (cents === 0) throw new Error('there was nothing to read');
}
