/**
 * Counts what the work on one store costs the operating system and the memory: calls, bytes, and bytes of the heap.
 * Unlike times, these counts are the same on every machine and under every load, so a test can compare them with what
 * they should be. Prints one line of JSON. Must run with `--expose-gc` and a young generation large enough that nothing
 * is collected while it counts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import type { Order } from '../reference/order.ts';
import { ReferenceWorkload } from '../reference/reference-workload.ts';
import { CountingFileSystem, type FileCounts } from './counting-file-system.ts';

export interface Counts extends FileCounts {
  /** Bytes allocated on the JavaScript heap, and outside it for buffers. */
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

export type Work =
  'append' | 'commitsOf10' | 'durable' | 'durableTogether' | 'coldScan' | 'scan' | 'streams' | 'random' | 'consumer';

export const EVENTS = 20_000;
export const DURABLE_COMMITS = 200;
export const CALLERS = 50;
const COMMITS_PER_TICK = 1000;

/** After this many passes the code is compiled. */
const WARM_PASSES = 4;
const STORE = 'guard';

const fileSystem = new CountingFileSystem();
const reference = workload(1);

if (import.meta.main) {
  const directory = mkdtempSync(join(tmpdir(), 'varve-guard-'));
  try {
    console.log(JSON.stringify(await countAll(directory)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function workload(eventsPerCommit: number): ReferenceWorkload {
  return new ReferenceWorkload({
    eventCount: EVENTS,
    streamCount: 100,
    eventsPerCommit,
    commitsPerTick: COMMITS_PER_TICK / eventsPerCommit,
    eventSize: 'order',
    derived: false,
  });
}

async function countAll(directory: string): Promise<Record<Work, Counts>> {
  const append = await last((pass) => appended(join(directory, `store-${pass}`), reference));
  const commitsOf10 = await last((pass) => appended(join(directory, `tens-${pass}`), workload(10)));
  const durable = await durably(join(directory, 'durable'), 1);
  const durableTogether = await durably(join(directory, 'together'), CALLERS);
  const storageDirectory = join(directory, 'store-0');
  const options = { storageDirectory, fileSystem, watch: false, pollIntervalMs: 1_000_000 };
  const coldScan = await last(async () => {
    await using cold = await ReadOnlyEventStore.open(STORE, options);
    return await counted(() => readAll(cold.getAllEvents<Order>()));
  });
  await using reader = await ReadOnlyEventStore.open(STORE, options);
  const positions = reference.randomPositions(EVENTS);
  const scan = await last(() => counted(() => readAll(reader.getAllEvents<Order>())));
  const streams = await last(() =>
    counted(() => {
      for (const stream of reference.streams) readAll(reader.getEventStream<Order>(stream));
    }),
  );
  const random = await last(() =>
    counted(() => {
      for (const position of positions) reader.readEvent<Order>(position);
    }),
  );
  const consumer = await last((pass) => consumed(reader, `consumer-${pass}`));
  return { append, commitsOf10, durable, durableTogether, coldScan, scan, streams, random, consumer };
}

async function last<Result>(work: (pass: number) => Promise<Result>): Promise<Result> {
  for (let pass = 0; pass < WARM_PASSES; pass++) await work(pass);
  return work(WARM_PASSES);
}

async function appended(storageDirectory: string, events: ReferenceWorkload): Promise<Counts> {
  await using store = await EventStore.open(STORE, { storageDirectory, storageConfig: { fileSystem } });
  const prepared = [...events.ticks()];
  return await counted(async () => {
    for (const tick of prepared) {
      for (const { stream, orders } of tick) store.commit(stream, orders);
      await setImmediate();
    }
    store.flush();
  });
}

/** Each caller waits for its commit before it makes the next. */
async function durably(storageDirectory: string, callers: number): Promise<Counts> {
  await using store = await EventStore.open(STORE, { storageDirectory, storageConfig: { fileSystem } });
  // The first commit creates the files and syncs the catalog.
  await store.commit('warm', reference.orderAt(1)).durable;
  return await counted(async () => {
    for (let made = 0; made < DURABLE_COMMITS; made += callers) {
      const orders = Array.from({ length: callers }, (_, caller) => reference.orderAt(made + caller + 1));
      await Promise.all(orders.map((order) => store.commit('warm', order).durable));
    }
  });
}

/** A consumer that saves every hundred events. */
async function consumed(reader: ReadOnlyEventStore, name: string): Promise<Counts> {
  const checkpoint = { everyEvents: 100, everyMs: Infinity, onCaughtUp: false };
  const consumer = reader.getConsumer<{ count: number }, Order>('_all', name, { count: 0 }, 0, { checkpoint });
  const stop = new AbortController();
  return counted(async () => {
    await consumer.run(() => {
      consumer.setState(({ count }) => ({ count: count + 1 }));
      if (consumer.state.count === EVENTS) stop.abort();
    }, stop);
  });
}

function readAll(events: Iterable<Order>): void {
  let count = 0;
  for (const { quantity } of events) count += Math.min(quantity, 1);
  if (count === 0) throw new Error('there was nothing to read');
}

async function counted(work: () => Promise<void> | void): Promise<Counts> {
  globalThis.gc!();
  fileSystem.take();
  const before = process.memoryUsage();
  await work();
  const after = process.memoryUsage();
  const heapBytes = after.heapUsed - before.heapUsed;
  return { ...fileSystem.take(), heapBytes, bufferBytes: after.arrayBuffers - before.arrayBuffers };
}
