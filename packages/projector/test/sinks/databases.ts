/** Databases to fill from a store, with one interface: each is connected with a callback that runs at every step. */
import { DatabaseSync } from 'node:sqlite';
import type { Sink, SinkHandler } from '@varve/core';
import postgres, { type TransactionSql } from 'postgres';
import { PostgresSink } from '../../src/sinks/postgres-sink.ts';
import { SqliteSink } from '../../src/sinks/sqlite-sink.ts';

export interface Amount {
  readonly amount: number;
}

export interface Database<Transaction> {
  readonly sink: Sink<Transaction>;
  /** Adds the event to the list and its amount to the sum: handling it twice shows in both. */
  readonly handler: SinkHandler<Amount, Transaction>;
  /** Everything that the handler has written. */
  contents(): Promise<{ readonly positions: readonly number[]; readonly sum: number }>;
  close(): Promise<void>;
}

/** Called before and after each statement. */
export type Step = () => void;

class SteppingDatabase extends DatabaseSync {
  readonly step: Step;

  constructor(path: string, step: Step) {
    super(path);
    this.step = step;
  }

  override exec(sql: string): void {
    this.step();
    super.exec(sql);
    this.step();
  }

  override prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    this.step();
    return super.prepare(sql);
  }
}

/** `place` is the path of the database file. */
export function openSqlite(place: string, step: Step): Database<DatabaseSync> {
  const database = new SteppingDatabase(place, step);
  database.exec('CREATE TABLE IF NOT EXISTS entries (position INTEGER, amount INTEGER)');
  database.exec('CREATE TABLE IF NOT EXISTS sums (id INTEGER PRIMARY KEY, sum INTEGER)');
  database.exec('INSERT OR IGNORE INTO sums VALUES (1, 0)');
  return {
    sink: new SqliteSink(database),
    handler({ amount }, { position }, transaction) {
      transaction.prepare('INSERT INTO entries VALUES (?, ?)').run(position, amount);
      transaction.prepare('UPDATE sums SET sum = sum + ?').run(amount);
    },
    contents() {
      const rows = database.prepare('SELECT position FROM entries ORDER BY position').all();
      const sum = Number(database.prepare('SELECT sum FROM sums').get()!['sum']);
      return Promise.resolve({ positions: rows.map((row) => Number(row['position'])), sum });
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}

/** `place` is the folder of the server's socket, followed by a colon and the schema to use. */
export async function openPostgres(place: string, step: Step): Promise<Database<TransactionSql>> {
  const [host, schema] = place.split(':') as [string, string];
  const sql = postgres({
    host,
    username: 'test',
    database: 'postgres',
    max: 2,
    onnotice: () => undefined,
    connection: { search_path: schema },
    debug: () => {
      step();
      // Once more after it was sent, when the server may have executed it.
      setImmediate(step);
    },
  });
  await sql`CREATE SCHEMA IF NOT EXISTS ${sql(schema)}`;
  await sql`CREATE TABLE IF NOT EXISTS entries (position bigint, amount bigint)`;
  await sql`CREATE TABLE IF NOT EXISTS sums (id int PRIMARY KEY, sum bigint)`;
  await sql`INSERT INTO sums VALUES (1, 0) ON CONFLICT DO NOTHING`;
  return {
    sink: new PostgresSink(sql),
    async handler({ amount }, { position }, transaction) {
      await transaction`INSERT INTO entries VALUES (${position}, ${amount})`;
      await transaction`UPDATE sums SET sum = sum + ${amount}`;
    },
    async contents() {
      const rows = await sql<{ position: string }[]>`SELECT position FROM entries ORDER BY position`;
      const [total] = await sql<{ sum: string }[]>`SELECT sum FROM sums`;
      return { positions: rows.map((row) => Number(row.position)), sum: Number(total!.sum) };
    },
    close: () => sql.end(),
  };
}
