/**
 * Fills a database from a store, and kills itself at a step. Arguments: 'sqlite' or 'postgres', the place of the
 * database, the storage directory, the number of events, and the step, counted from 1 once the tables exist; 0 for
 * none.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { type Amount, type Database, openPostgres, openSqlite } from '../sinks/databases.ts';

const [kind, place, storageDirectory, count, killAt] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
let steps: number | undefined;

function step(): void {
  if (steps === undefined || ++steps !== Number(killAt)) return;
  process.kill(process.pid, 'SIGKILL');
  // The process is dead before it gets here; if not, it does nothing more.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

async function fill<Transaction>(database: Database<Transaction>): Promise<void> {
  await using store = await ReadOnlyEventStore.open('shop', { storageDirectory });
  const consumer = store.getSinkConsumer<Transaction, Amount>('amounts', 'filler', database.sink, {
    eventsPerTransaction: 2,
  });
  const done = new AbortController();
  consumer.on('persisted', (position) => {
    if (position === Number(count)) done.abort();
  });
  consumer.on('caught-up', (position) => {
    if (position === Number(count)) done.abort();
  });
  steps = 0;
  await consumer.run(database.handler, done);
  steps = undefined;
  await database.close();
}

if (kind === 'sqlite') await fill(openSqlite(place, step));
else await fill(await openPostgres(place, step));
