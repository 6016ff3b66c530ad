import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReferenceCommit } from '../../reference/reference-workload.ts';
import type { Appender } from '../contender.ts';
import { databaseFile, DERIVED_SCHEMA, openDatabase, SCHEMA, type Synchronous } from './database.ts';

interface AppenderOptions {
  readonly derived?: boolean;
  readonly transactionPerTick?: boolean;
  readonly synchronous?: Synchronous;
}

export class SqliteAppender implements Appender {
  readonly #database: DatabaseSync;
  readonly #transactionPerTick: boolean;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #insertStream: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #streams = new Map<string, { readonly id: number; version: number }>();
  #tick: PromiseWithResolvers<void> | undefined;

  constructor(directory: string, { derived, transactionPerTick = false, synchronous }: AppenderOptions) {
    this.#transactionPerTick = transactionPerTick;
    this.#database = openDatabase(databaseFile(directory), synchronous);
    this.#database.exec(SCHEMA);
    if (derived) this.#database.exec(DERIVED_SCHEMA);
    this.#begin = this.#database.prepare('BEGIN IMMEDIATE');
    this.#end = this.#database.prepare('COMMIT');
    this.#insertStream = this.#database.prepare('INSERT INTO streams (id, name) VALUES (?, ?)');
    this.#insertEvent = this.#database.prepare(
      'INSERT INTO events (stream_id, version, committed_at, payload) VALUES (?, ?, ?, ?)',
    );
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    if (this.#transactionPerTick) this.#begin.run();
    for (const commit of commits) this.#append(commit, this.#transactionPerTick);
    if (this.#transactionPerTick) this.#end.run();
  }

  /** Commits in one transaction with all others of the same turn of the event loop; resolves when that is committed. */
  commitWithTick(commit: ReferenceCommit): Promise<void> {
    if (!this.#tick) {
      const tick = (this.#tick = Promise.withResolvers<void>());
      this.#begin.run();
      setImmediate(() => {
        this.#end.run();
        this.#tick = undefined;
        tick.resolve();
      });
    }
    this.#append(commit, true);
    return this.#tick.promise;
  }

  /** A statement outside a transaction is one by itself, which is faster than a BEGIN and COMMIT around it. */
  #append({ stream, orders }: ReferenceCommit, inTransaction: boolean): void {
    const ownTransaction = orders.length > 1 && !inTransaction;
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
