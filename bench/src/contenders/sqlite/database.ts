import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RARE_FROM_CENTS } from '../../reference/order.ts';

const TUNING = `
  PRAGMA mmap_size = 1073741824;
  PRAGMA cache_size = -65536;
`;

export const SCHEMA = `
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

/** The stream of rare orders is a partial index on them, maintained with each insert. */
export const IS_RARE = `payload ->> 'priceCents' >= ${RARE_FROM_CENTS}`;
export const DERIVED_SCHEMA = `CREATE INDEX rare_events ON events (position) WHERE ${IS_RARE};`;

export type Synchronous = 'NORMAL' | 'FULL';

export function databaseFile(directory: string): string {
  return join(directory, 'events.sqlite');
}

export function openDatabase(file: string, synchronous: Synchronous = 'NORMAL', readOnly = false): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly });
  if (!readOnly) database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(TUNING);
  return database;
}
