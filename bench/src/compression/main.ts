/**
 * Measures what the option `compression` costs and saves: bytes per event in the partitions, append rate and scan rate,
 * for commits of 1, 10 and 100 events. Prints the table of docs/serialization.md. Build, then run `node
 * bench/dist/compression/main.js`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompressionOption, EventStore } from '@varve/writer';
import { createOrder, type Order } from '../reference/order.ts';
import { directorySize } from '../workloads/directory-size.ts';

const EVENT_COUNT = 20_000;
const ROUNDS = 3;
const COMMIT_SIZES = [1, 10, 100];
const SERIALIZERS = ['msgpackr', 'json'] as const;

/** Orders for the dictionary; none of them is among the measured ones. */
const samples = Array.from({ length: 100 }, (_, index) => createOrder(1_000_000 + index * 7919));

const SETTINGS: readonly (readonly [string, CompressionOption])[] = [
  ['none', 'none'],
  ['zstd', 'zstd'],
  ['zstd, dictionary', { algorithm: 'zstd', dictionary: samples }],
  ['deflate', 'deflate'],
  ['deflate, dictionary', { algorithm: 'deflate', dictionary: samples }],
];

interface Figures {
  readonly bytesPerEvent: number;
  readonly appendPerSecond: number;
  readonly scanPerSecond: number;
}

const orders = Array.from({ length: EVENT_COUNT }, (_, index) => createOrder(index + 1));

// Warm-up: without it, the first figures would include the compilation of the code that all runs share.
await measure({ serializer: 'msgpackr', compression: 'none', commitSize: 1 });
await measure({ serializer: 'json', compression: 'zstd', commitSize: 1 });

console.log('| serializer | compression | commits of | bytes an event | append, events/s | scan, events/s |');
console.log('|---|---|---|---|---|---|');
for (const serializer of SERIALIZERS) {
  for (const [name, compression] of SETTINGS) {
    for (const commitSize of COMMIT_SIZES) {
      const rounds: Figures[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measure({ serializer, compression, commitSize }));
      console.log(`| ${serializer} | ${name} | ${commitSize} | ${describe(rounds)} |`);
    }
  }
}

async function measure(input: {
  serializer: (typeof SERIALIZERS)[number];
  compression: CompressionOption;
  commitSize: number;
}): Promise<Figures> {
  const { serializer, compression, commitSize } = input;
  const storageDirectory = mkdtempSync(join(tmpdir(), 'varve-compression-'));
  try {
    const store = await EventStore.open('orders', { storageDirectory, storageConfig: { serializer, compression } });
    const appendMs = await timed(() => append(store, commitSize));
    const scanMs = await timed(() => scan(store));
    await store.close();
    const { lengthBytes } = directorySize(join(storageDirectory, 'orders', 'partitions'));
    return {
      bytesPerEvent: lengthBytes / EVENT_COUNT,
      appendPerSecond: (EVENT_COUNT / appendMs) * 1000,
      scanPerSecond: (EVENT_COUNT / scanMs) * 1000,
    };
  } finally {
    rmSync(storageDirectory, { recursive: true });
  }
}

async function append(store: EventStore, commitSize: number): Promise<void> {
  for (let first = 0; first < EVENT_COUNT; first += commitSize) {
    store.commit(`customer-${(first / commitSize) % 100}`, orders.slice(first, first + commitSize));
    if (first % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  store.flush();
}

function scan(store: EventStore): void {
  let quantity = 0;
  for (const order of store.getAllEvents<Order>()) quantity += order.quantity;
  const expected = orders.reduce((sum, order) => sum + order.quantity, 0);
  if (quantity !== expected) throw new Error(`read ${quantity} instead of ${expected}`);
}

async function timed(action: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** The best of the rounds: other load on the machine only makes rounds slower. */
function describe(rounds: readonly Figures[]): string {
  const best = (figure: keyof Figures): number => Math.max(...rounds.map((round) => round[figure]));
  const thousands = (value: number): string => `${Math.round(value / 1000)} k`;
  return [best('bytesPerEvent').toFixed(0), thousands(best('appendPerSecond')), thousands(best('scanPerSecond'))].join(
    ' | ',
  );
}
