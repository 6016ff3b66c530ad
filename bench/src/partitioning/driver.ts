/** One process of the measurement: creates a store, opens it for writing, or reads its streams one by one. */
import { readdirSync } from 'node:fs';
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import { createOrder, type Order } from '../reference/order.ts';
import { type PartitioningFigures, type PartitioningTask, streamName } from './task.ts';

const COMMITS_PER_TICK = 1000;

/** How many streams are read, spread over all of them. */
const READ_STREAMS = 100;

/** Files that Node.js itself has open. */
const ownFiles = readdirSync('/proc/self/fd').length;

const task = JSON.parse(process.argv[2]!) as PartitioningTask;
const bound = task.maxOpenFiles === undefined ? {} : { maxOpenFiles: task.maxOpenFiles };
const steps = { write, open, read };
console.log(JSON.stringify(await steps[task.step]()));

function resources(): Pick<PartitioningFigures, 'rssBytes' | 'openFiles'> {
  return { rssBytes: process.memoryUsage.rss(), openFiles: readdirSync('/proc/self/fd').length - ownFiles };
}

/** One event per commit, to all streams in turn. */
async function write(): Promise<PartitioningFigures> {
  const { directory, partitioner, streamCount, eventsPerStream } = task;
  const store = await EventStore.open('store', {
    storageDirectory: directory,
    storageConfig: { partitioner, ...bound },
  });
  const eventCount = streamCount * eventsPerStream;
  const orders = Array.from({ length: 10_000 }, (_, index) => createOrder(index + 1));
  const started = performance.now();
  for (let number = 0; number < eventCount; number++) {
    store.commit(streamName(number % streamCount), orders[number % orders.length]!);
    if (number % COMMITS_PER_TICK === COMMITS_PER_TICK - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  store.flush();
  const appendPerSecond = (eventCount / (performance.now() - started)) * 1000;
  const { rssBytes, openFiles } = resources();
  const closing = performance.now();
  await store.close();
  return { appendPerSecond, closeMs: performance.now() - closing, rssBytes, openFiles };
}

/** Measures the time until the first commit could be taken. */
async function open(): Promise<PartitioningFigures> {
  const started = performance.now();
  const store = await EventStore.open('store', { storageDirectory: task.directory, storageConfig: bound });
  const openMs = performance.now() - started;
  const found = { openMs, ...resources() };
  if (store.position !== task.streamCount * task.eventsPerStream) throw new Error(`the store has ${store.position}`);
  await store.close();
  return found;
}

/** Reads whole streams one after the other, then all events in global order; each a second time, with warm caches. */
async function read(): Promise<PartitioningFigures> {
  const { directory, streamCount } = task;
  const store = await ReadOnlyEventStore.open('store', { storageDirectory: directory, watch: false, ...bound });
  const readPerSecond = best(() => {
    let events = 0;
    const step = Math.max(1, Math.floor(streamCount / READ_STREAMS));
    for (let number = 0; number < streamCount; number += step) {
      for (const order of store.getEventStream<Order>(streamName(number))) events += order.quantity > 0 ? 1 : 0;
    }
    return events;
  });
  const scanPerSecond = best(() => {
    let events = 0;
    for (const order of store.getAllEvents<Order>(1, 100_000)) events += order.quantity > 0 ? 1 : 0;
    return events;
  });
  const found = { readPerSecond, scanPerSecond, ...resources() };
  await store.close();
  return found;
}

function best(work: () => number): number {
  let perSecond = 0;
  for (let pass = 0; pass < 3; pass++) {
    const started = performance.now();
    const events = work();
    perSecond = Math.max(perSecond, (events / (performance.now() - started)) * 1000);
  }
  return perSecond;
}
