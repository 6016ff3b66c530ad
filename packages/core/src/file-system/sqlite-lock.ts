/**
 * A file lock that the operating system releases the moment its holder dies, and that nobody can take from a live one:
 * SQLite's exclusive lock on an empty database file. Why this one: docs/decisions/0002-writer-lock.md.
 *
 * POSIX drops all locks of a process on a file when the process closes any descriptor of that file. SQLite handles this
 * for its own descriptors; nothing else in Varve may ever open a lock file.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { FileLock } from './file-system.ts';

const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** SQLite is loaded at the first lock, so that a process that only reads does without it. */
const require = createRequire(import.meta.url);

export function lockWithSqlite(path: string): FileLock | undefined {
  const sqlite = require('node:sqlite') as typeof import('node:sqlite');
  const database = openDatabase(path, () => new sqlite.DatabaseSync(path));
  try {
    // SQLite opens a file without write permission for reading, and its exclusive lock is then only a shared one.
    fs.accessSync(path, fs.constants.W_OK);
    // With its journal in memory, SQLite creates no second file beside the lock.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isOneOf(error, [sqliteBusy, sqliteLocked])) return undefined;
    if (!isOneOf(error, [sqliteCorrupt, sqliteNotADatabase])) throw error;
    // Whoever held the lock when these bytes got into the file still holds it, so the file cannot be recreated here.
    throw Object.assign(new Error(`EILSEQ: not a lock, '${path}'`, { cause: error }), { code: 'EILSEQ' });
  }
  return new SqliteLock(database);
}

/**
 * Opens the file, or throws the error of the operating system that says why it cannot be opened: SQLite does not report
 * it.
 */
function openDatabase(path: string, open: () => DatabaseSync): DatabaseSync {
  try {
    return open();
  } catch (error) {
    const directory = dirname(path);
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw Object.assign(new Error(`EISDIR: a directory, '${path}'`, { cause: error }), { code: 'EISDIR' });
    }
    fs.accessSync(fs.existsSync(path) ? path : directory, fs.constants.W_OK);
    throw error;
  }
}

class SqliteLock implements FileLock {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  release(): void {
    if (this.database.isOpen) this.database.close();
  }
}

function isOneOf(error: unknown, codes: readonly number[]): boolean {
  return error instanceof Error && 'errcode' in error && codes.includes(Number(error.errcode) & 255);
}
