/**
 * Rows and position in one transaction, in SQLite and in PostgreSQL, with a process that is killed at every step of its
 * transactions: before and after each statement. Whatever it left, the next process ends with each event exactly once.
 */
import { fork } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReadOnlyEventStore, type Sink, type SinkConsumer } from '@varve/core';
import { EventStore } from '@varve/writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Amount, type Database, openPostgres, openSqlite } from './sinks/databases.ts';
import { hasPostgres, PostgresServer } from './sinks/postgres-server.ts';

const program = fileURLToPath(new URL('programs/fill-sink.ts', import.meta.url));
const eventCount = 3;
const all = { positions: [1, 2, 3], sum: 6 };
const nothing = (): void => undefined;

let storageDirectory: string;
let server: PostgresServer | undefined;
let places = 0;

beforeAll(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'sinks-'));
  await using store = await EventStore.open('shop', { storageDirectory });
  for (let amount = 1; amount <= eventCount; amount++) store.commit('amounts', { amount });
});

afterAll(() => {
  server?.stop();
  rmSync(storageDirectory, { recursive: true });
});

/** A database that is still empty. */
function newPlace(kind: string): string {
  const name = `place${++places}`;
  if (kind === 'sqlite') return join(storageDirectory, `${name}.sqlite`);
  server ??= new PostgresServer();
  return `${server.host}:${name}`;
}

async function openDatabase(kind: string, place: string): Promise<Database<never>> {
  const database: unknown = kind === 'sqlite' ? openSqlite(place, nothing) : await openPostgres(place, nothing);
  return database as Database<never>;
}

/** Fills the database in a separate process; false when it was killed. */
async function fill(kind: string, place: string, killAt: number): Promise<boolean> {
  const child = fork(program, [kind, place, storageDirectory, String(eventCount), String(killAt)]);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(code === 0 || signal === 'SIGKILL').toBe(true);
  return code === 0;
}

/** Continues in this process, to the end. */
async function fillHere(database: Database<never>): Promise<void> {
  await using store = await ReadOnlyEventStore.open('shop', { storageDirectory });
  const consumer = consumerOf(store, database);
  const stop = new AbortController();
  consumer.on('caught-up', () => stop.abort());
  await consumer.run(database.handler, stop);
}

function consumerOf(store: ReadOnlyEventStore, database: Database<never>): SinkConsumer<Amount, never> {
  return store.getSinkConsumer<never, Amount>('amounts', 'filler', database.sink, { eventsPerTransaction: 2 });
}

describe.each(['sqlite', ...(hasPostgres() ? ['postgres'] : [])])('a sink in %s', (kind) => {
  it('holds each event once, wherever in a transaction its process is killed', { timeout: 240_000 }, async () => {
    let kills = 0;
    for (let killAt = 1; ; killAt++) {
      const place = newPlace(kind);
      const isDone = await fill(kind, place, killAt);
      const database = await openDatabase(kind, place);
      const left = await database.contents();
      // Each transaction has two events: the rows are a prefix of them, and the sum matches.
      expect(all.positions.slice(0, left.positions.length)).toEqual(left.positions);
      expect([0, 2, 3]).toContain(left.positions.length);
      expect(left.sum).toBe(left.positions.reduce((sum, position) => sum + position, 0));
      await fillHere(database);
      expect(await database.contents()).toEqual(all);
      await database.close();
      if (isDone) break;
      kills++;
    }
    console.log(`${kind}: killed at each of ${kills} steps.`);
    expect(kills).toBeGreaterThan(15);
  });

  it('leaves nothing of a transaction whose handler throws, and begins with it the next time', async () => {
    const database = await openDatabase(kind, newPlace(kind));
    await using store = await ReadOnlyEventStore.open('shop', { storageDirectory });
    const consumer = consumerOf(store, database);
    const handled: number[] = [];
    const run = consumer.run(async (event, metadata, transaction) => {
      handled.push(metadata.position);
      await database.handler(event, metadata, transaction);
      if (event.amount === 2 && handled.length < 3) throw new Error('not two');
    });
    await expect(run).rejects.toThrow('not two');
    expect([handled, consumer.position, consumer.isRunning]).toEqual([[1, 2], 0, false]);
    expect(await database.contents()).toEqual({ positions: [], sum: 0 });
    const stop = new AbortController();
    consumer.on('caught-up', () => stop.abort());
    await consumer.run(database.handler, stop);
    expect(await database.contents()).toEqual(all);
    await database.close();
  });

  it('refuses a second process elsewhere, whose lock is not this one', async () => {
    const place = newPlace(kind);
    const [first, second] = [await openDatabase(kind, place), await openDatabase(kind, place)];
    const open = (name: string): Promise<ReadOnlyEventStore> =>
      ReadOnlyEventStore.open('shop', {
        storageDirectory,
        consumerDirectory: join(storageDirectory, `${kind}-${name}`),
      });
    await using here = await open('here');
    await using there = await open('there');
    // The second one has read its position, and is overtaken before its first transaction.
    const { promise: mayWrite, resolve: letWrite } = Promise.withResolvers<void>();
    const slow: Sink<never> = {
      load: (key) => second.sink.load(key),
      write: (...values) => mayWrite.then(() => second.sink.write(...values)),
    };
    const late = consumerOf(there, { ...second, sink: slow });
    const started = once(late as EventEmitter, 'start');
    const overtaken = late.run(second.handler).catch((error: unknown) => error);
    await started;
    const early = consumerOf(here, first);
    const stop = new AbortController();
    early.on('caught-up', () => stop.abort());
    await early.run(first.handler, stop);
    letWrite();
    expect(await overtaken).toMatchObject({ code: 'CONSUMER_IN_USE' });
    expect(await first.contents()).toEqual(all);
    await first.close();
    await second.close();
  });

  it('is not filled from another store', async () => {
    const database = await openDatabase(kind, newPlace(kind));
    await using store = await ReadOnlyEventStore.open('shop', { storageDirectory });
    const stop = new AbortController();
    const consumer = consumerOf(store, database);
    consumer.on('caught-up', () => stop.abort());
    await consumer.run(database.handler, stop);
    const otherDirectory = join(storageDirectory, `${kind}-other`);
    await using other = await EventStore.open('shop', { storageDirectory: otherDirectory });
    await other.commit('amounts', { amount: 1 }).flushed;
    const run = other.getSinkConsumer<never, Amount>('amounts', 'filler', database.sink).run(database.handler);
    await expect(run).rejects.toMatchObject({ code: 'DIVERGED' });
    expect(await database.contents()).toEqual(all);
    await database.close();
  });
});
