/**
 * SQLite by way of node:sqlite, set up as its documentation and common practice say is fast for one writer and many
 * readers: a write-ahead log with synchronous=NORMAL (an fsync per checkpoint, not per transaction), STRICT tables, an
 * integer primary key for the global order, a unique index for the streams, prepared statements, memory-mapped reads
 * and a page cache that holds the store. Rows come as arrays and in pages of a thousand: that is twice as fast as to
 * step through an iterator. An exclusive lock would be faster too, but would shut out readers in other processes.
 */
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Order } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Reader } from './contender.ts';

const PAGE_ROWS = 1000;

const TUNING = `
  PRAGMA synchronous = NORMAL;
  PRAGMA mmap_size = 1073741824;
  PRAGMA cache_size = -65536;
`;

const SCHEMA = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id),
    version INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream_id, version);
`;

/** One commit is one transaction: the promise that the other stores give. */
export const sqlite: Contender = {
  name: 'sqlite',
  title: `node:sqlite ${process.versions.sqlite ?? ''}, WAL NORMAL`,
  kind: 'store',
  workloads: ['append', 'scan', 'read-streams', 'random'],
  create: (directory) => Promise.resolve(new SqliteAppender(directory, { transactionPerTick: false })),
  open: (directory) => Promise.resolve(new SqliteReader(directory)),
};

/** All commits of a tick are one transaction: one that has to be rolled back takes the others with it. */
export const sqliteBatched: Contender = {
  ...sqlite,
  name: 'sqlite-batched',
  title: 'node:sqlite, one transaction a tick',
  kind: 'variant',
  workloads: ['append'],
  create: (directory) => Promise.resolve(new SqliteAppender(directory, { transactionPerTick: true })),
};

function databasePath(directory: string): string {
  return join(directory, 'events.sqlite');
}

class SqliteAppender implements Appender {
  readonly #database: DatabaseSync;
  readonly #transactionPerTick: boolean;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #insertStream: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #streams = new Map<string, { readonly id: number; version: number }>();

  constructor(directory: string, { transactionPerTick }: { transactionPerTick: boolean }) {
    this.#transactionPerTick = transactionPerTick;
    this.#database = new DatabaseSync(databasePath(directory));
    this.#database.exec(`PRAGMA journal_mode = WAL; ${TUNING} ${SCHEMA}`);
    this.#begin = this.#database.prepare('BEGIN IMMEDIATE');
    this.#end = this.#database.prepare('COMMIT');
    this.#insertStream = this.#database.prepare('INSERT INTO streams (id, name) VALUES (?, ?)');
    this.#insertEvent = this.#database.prepare(
      'INSERT INTO events (stream_id, version, committed_at, payload) VALUES (?, ?, ?, ?)',
    );
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    if (this.#transactionPerTick) this.#begin.run();
    for (const commit of commits) this.#append(commit);
    if (this.#transactionPerTick) this.#end.run();
  }

  /** A statement outside a transaction is one by itself, which is faster than to begin and end one around it. */
  #append({ stream, orders }: ReferenceCommit): void {
    const ownTransaction = orders.length > 1 && !this.#transactionPerTick;
    if (ownTransaction) this.#begin.run();
    const target = this.#streams.get(stream) ?? this.#addStream(stream);
    const committedAt = Date.now();
    for (const order of orders) {
      this.#insertEvent.run(target.id, ++target.version, committedAt, JSON.stringify(order));
    }
    if (ownTransaction) this.#end.run();
  }

  #addStream(name: string): { readonly id: number; version: number } {
    const stream = { id: this.#streams.size + 1, version: 0 };
    this.#insertStream.run(stream.id, name);
    this.#streams.set(name, stream);
    return stream;
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}

/** A row is what `setReturnArrays` makes of the selected columns. */
type PayloadRow = readonly [payload: string];
type StreamRow = readonly [version: number, payload: string];

class SqliteReader implements Reader {
  readonly #database: DatabaseSync;
  readonly #all: StatementSync;
  readonly #stream: StatementSync;
  readonly #one: StatementSync;
  readonly #streamIds = new Map<string, number>();

  constructor(directory: string) {
    this.#database = new DatabaseSync(databasePath(directory), { readOnly: true });
    this.#database.exec(TUNING);
    this.#all = this.#prepare('SELECT payload FROM events WHERE position BETWEEN ? AND ? ORDER BY position');
    this.#stream = this.#prepare(
      `SELECT version, payload FROM events WHERE stream_id = ? AND version > ? ORDER BY version LIMIT ${PAGE_ROWS}`,
    );
    this.#one = this.#prepare('SELECT payload FROM events WHERE position = ?');
    const streams = this.#rows(this.#prepare('SELECT id, name FROM streams')) as (readonly [number, string])[];
    for (const [id, name] of streams) this.#streamIds.set(name, id);
  }

  /** Positions have no gaps, so a page is a range of them. */
  scan(visit: (order: Order) => void): void {
    for (let first = 1; ; first += PAGE_ROWS) {
      const rows = this.#rows(this.#all, first, first + PAGE_ROWS - 1) as PayloadRow[];
      for (const [payload] of rows) visit(JSON.parse(payload) as Order);
      if (rows.length < PAGE_ROWS) return;
    }
  }

  readStream(stream: string, visit: (order: Order) => void): void {
    const id = this.#streamIds.get(stream);
    if (id === undefined) throw new Error(`the database has no stream ${stream}`);
    let version = 0;
    for (;;) {
      const rows = this.#rows(this.#stream, id, version) as StreamRow[];
      for (const [, payload] of rows) visit(JSON.parse(payload) as Order);
      if (rows.length < PAGE_ROWS) return;
      version = rows.at(-1)![0];
    }
  }

  readOne(position: number): Order {
    const row = this.#one.get(position) as PayloadRow | undefined;
    if (!row) throw new Error(`the database has no event at position ${position}`);
    return JSON.parse(row[0]) as Order;
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }

  #rows(statement: StatementSync, ...parameters: number[]): unknown[] {
    return statement.all(...parameters);
  }
}
