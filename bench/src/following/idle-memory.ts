/** Resident memory of a process with an open reader and a waiting consumer, minus that of a process with nothing. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EventStore } from '@varve/writer';
import { createOrder } from '../reference/order.ts';
import { median } from '../report/statistics.ts';
import type { Figure } from './figure.ts';

const EVENT_COUNT = 200_000;
const ROUNDS = 5;
const programPath = fileURLToPath(import.meta.url).replace(/idle-memory(\.[jt]s)$/, 'idle-process$1');

export async function measureIdleMemory(storageDirectory: string): Promise<Figure[]> {
  await using store = await EventStore.open('bench', { storageDirectory });
  for (let number = 1; number <= EVENT_COUNT; number++) store.commit(`customer-${number % 100}`, createOrder(number));
  store.flush();
  const bare = rssOf('nothing', storageDirectory);
  const row = (what: string, kind: string): Figure => {
    const bytes = rssOf(kind, storageDirectory);
    return { what, measured: megabytes(bytes), 'over bare Node': megabytes(bytes - bare) };
  };
  return [
    { what: 'bare Node', measured: megabytes(bare), 'over bare Node': '-' },
    row('reader at rest', 'reader'),
    row('reader at rest, with a consumer that has caught up', 'consumer'),
    row(`the same, having handled ${EVENT_COUNT.toLocaleString('en')} events`, 'consumed'),
  ];
}

function rssOf(kind: string, storageDirectory: string): number {
  return median(
    Array.from({ length: ROUNDS }, (_, round) =>
      Number(
        execFileSync(process.execPath, [programPath, kind, storageDirectory, String(round)], { encoding: 'utf8' }),
      ),
    ),
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
