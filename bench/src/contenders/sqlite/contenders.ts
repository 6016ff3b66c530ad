/**
 * SQLite through node:sqlite, set up as its documentation and common practice advise for one writer and many readers: a
 * write-ahead log with synchronous=NORMAL (an fsync per checkpoint, not per transaction), STRICT tables, an integer
 * primary key for the global order, a unique index for the streams, prepared statements, memory-mapped reads and a page
 * cache that holds the store. Rows come as arrays, in pages of a thousand, which is twice as fast as stepping through
 * an iterator. An exclusive lock would be faster too, but would shut out readers in other processes.
 */
import { readingNames } from '../../workloads/workload-name.ts';
import type { Contender } from '../contender.ts';
import { SqliteAppender } from './appender.ts';
import { consume } from './consumer.ts';
import { databaseFile, openDatabase } from './database.ts';
import { SqliteReader } from './reader.ts';

const VERSION = process.versions.sqlite ?? '';

/** One transaction per commit: the same promise that the other stores give. */
export const sqlite: Contender = {
  name: 'sqlite',
  title: `node:sqlite ${VERSION}, WAL NORMAL`,
  kind: 'store',
  workloads: ['append', 'open', ...readingNames, 'consumer', 'recover'],
  create: (directory, { derived }) => Promise.resolve(new SqliteAppender(directory, { derived })),
  open: (directory) => Promise.resolve(new SqliteReader(directory)),
  reopen(directory) {
    const database = openDatabase(databaseFile(directory));
    // SQLite opens a database lazily, at the first query; a writer begins by asking for the last position.
    const { position } = database.prepare('SELECT coalesce(max(position), 0) AS position FROM events').get() as {
      position: number;
    };
    return Promise.resolve({ position, close: () => Promise.resolve(database.close()) });
  },
  consume,
};

/** All commits of a tick are one transaction: rolling back one rolls back the others too. */
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

/** One sync per transaction: what SQLite needs for a commit to survive a power cut. */
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
