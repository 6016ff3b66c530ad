/** What a save costs by the size of the state: the time that the handler waits, and the bytes written. */
import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckpointOptions, ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';
import { median } from '../report/statistics.ts';
import type { Figure } from './figure.ts';

const SIZES: readonly (readonly [name: string, bytes: number, saves: number])[] = [
  ['1 KB', 1e3, 500],
  ['100 KB', 1e5, 100],
  ['1 MB', 1e6, 20],
  ['10 MB', 1e7, 6],
  ['100 MB', 1e8, 4],
];

interface Account {
  readonly id: string;
  readonly name: string;
  readonly balanceCents: number;
  readonly open: boolean;
}

interface State {
  readonly accounts: readonly Account[];
  readonly last: number;
}

export async function measureStateSizes(storageDirectory: string): Promise<Figure[]> {
  await using writer = await EventStore.open('bench', { storageDirectory });
  for (let number = 1; number <= 1000; number++) writer.commit('s', { number });
  writer.flush();
  await using reader = await ReadOnlyEventStore.open('bench', { storageDirectory });
  await saveTimes(reader, 'warm', 1e4, { events: 500 });
  const figures: Figure[] = [];
  for (const [name, bytes, saves] of SIZES) {
    const plain = await saveTimes(reader, `plain ${name}`, bytes, { events: saves });
    const durable = await saveTimes(reader, `durable ${name}`, bytes, { events: saves, durable: true });
    const directory = join(storageDirectory, 'bench/consumers');
    const files = readdirSync(directory).filter((file) => file.endsWith('.state') && file.includes('plain'));
    const fileBytes = Math.max(...files.map((file) => statSync(join(directory, file)).size));
    figures.push({
      what: `state of ${name}`,
      'ms a save': ms(median(plain)),
      best: ms(Math.min(...plain)),
      'ms a save, durable': ms(median(durable)),
      'best, durable': ms(Math.min(...durable)),
      'first save': ms(plain[0]!),
      'MB in the file': (fileBytes / 1e6).toFixed(2),
    });
  }
  return figures;
}

/** Milliseconds from the end of a handler to the event `persisted`, for a state of which each event changes a small part. */
async function saveTimes(
  reader: ReadOnlyEventStore,
  id: string,
  stateBytes: number,
  { events, durable = false }: { events: number; durable?: boolean },
): Promise<number[]> {
  const checkpoint: CheckpointOptions = { everyEvents: 1, durable };
  const consumer = reader.getConsumer<State, unknown>('_all', id, { accounts: [], last: 0 }, 0, { checkpoint });
  const accounts = accountsOf(stateBytes);
  const times: number[] = [];
  const stop = new AbortController();
  let start = 0;
  consumer.on('persisted', () => times.push(performance.now() - start));
  const handler = (_event: unknown, { position }: { position: number }): void => {
    // The new state shares all but one part with the old one, which is frozen already.
    consumer.setState({ accounts, last: position });
    if (position === events) stop.abort();
    start = performance.now();
  };
  await consumer.run(handler, stop);
  return times;
}

/** As many accounts as take `bytes` in the file: 64 each, as records with named fields. */
function accountsOf(bytes: number): Account[] {
  return Array.from({ length: Math.max(1, Math.round(bytes / 64)) }, (_, index) => ({
    id: `account-${String(index).padStart(10, '0')}`,
    name: `Customer number ${String(index).padStart(10, '0')} GmbH`,
    balanceCents: 1_000_000 + ((index * 7919) % 1_000_000),
    open: index % 7 !== 0,
  }));
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(2) : String(Math.round(value));
}
