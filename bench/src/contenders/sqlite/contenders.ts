/**
 * SQLite by way of node:sqlite, set up as its documentation and common practice say is fast for one writer and many
 * readers: a write-ahead log with synchronous=NORMAL (an fsync per checkpoint, not per transaction), STRICT tables, an
 * integer primary key for the global order, a unique index for the streams, prepared statements, memory-mapped reads
 * and a page cache that holds the store. Rows come as arrays and in pages of a thousand: that is twice as fast as to
 * step through an iterator. An exclusive lock would be faster too, but would shut out readers in other processes.
 */
import { readingNames } from '../../workloads/workload-name.ts';
import type { Contender } from '../contender.ts';
import { SqliteAppender } from './appender.ts';
import { consume } from './consumer.ts';
import { databaseFile, openDatabase } from './database.ts';
import { SqliteReader } from './reader.ts';

const VERSION = process.versions.sqlite ?? '';

/** One commit is one transaction: the promise that the other stores give. */
export const sqlite: Contender = {
  name: 'sqlite',
  title: `node:sqlite ${VERSION}, WAL NORMAL`,
  kind: 'store',
  workloads: ['append', 'open', ...readingNames, 'consumer', 'recover'],
  create: (directory, { derived }) => Promise.resolve(new SqliteAppender(directory, { derived })),
  open: (directory) => Promise.resolve(new SqliteReader(directory)),
  reopen(directory) {
    const database = openDatabase(databaseFile(directory));
    // A database is opened when it is first asked for something; a writer begins with where it is.
    const { position } = database.prepare('SELECT coalesce(max(position), 0) AS position FROM events').get() as {
      position: number;
    };
    return Promise.resolve({ position, close: () => Promise.resolve(database.close()) });
  },
  consume,
};

/** All commits of a tick are one transaction: one that has to be rolled back takes the others with it. */
export const sqliteBatched: Contender = {
  ...sqlite,
  name: 'sqlite-batched',
  title: 'node:sqlite, one transaction a tick',
  kind: 'variant',
  workloads: ['append', 'durable-64'],
  create: (directory, { derived }) =>
    Promise.resolve(new SqliteAppender(directory, { derived, transactionPerTick: true })),
  createDurable(directory) {
    const appender = new SqliteAppender(directory, { synchronous: 'FULL' });
    return Promise.resolve({
      commit: (commit) => appender.commitWithTick(commit),
      close: () => appender.close(),
    });
  },
};

/** A sync each transaction: what SQLite needs for a commit that survives a power cut. */
export const sqliteFull: Contender = {
  ...sqlite,
  name: 'sqlite-full',
  title: `node:sqlite ${VERSION}, WAL FULL`,
  workloads: ['durable-1', 'durable-64'],
  createDurable(directory) {
    const appender = new SqliteAppender(directory, { synchronous: 'FULL' });
    return Promise.resolve({
      commit: (commit) => appender.appendTick([commit]),
      close: () => appender.close(),
    });
  },
};
