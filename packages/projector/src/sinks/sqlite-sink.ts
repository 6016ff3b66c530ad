/**
 * Keeps rows and position together in a SQLite database, through `node:sqlite`. The position of each consumer is a row
 * of the table `varve_consumers`, which the sink creates.
 *
 * The connection belongs to one consumer: any statement on it while an asynchronous handler waits becomes part of the
 * handler's transaction.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Sink, SinkCheckpoint, SinkKey } from '@varve/core';

const table = `CREATE TABLE IF NOT EXISTS varve_consumers (
  source TEXT NOT NULL,
  consumer TEXT NOT NULL,
  store TEXT NOT NULL,
  position INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  frame_checksum INTEGER NOT NULL,
  PRIMARY KEY (source, consumer)
) WITHOUT ROWID`;

export class SqliteSink implements Sink<DatabaseSync> {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  async load(key: SinkKey): Promise<SinkCheckpoint | undefined> {
    this.database.exec(table);
    return Promise.resolve(this.read(key));
  }

  async write(
    key: SinkKey,
    from: SinkCheckpoint | undefined,
    work: (database: DatabaseSync) => Promise<SinkCheckpoint>,
  ): Promise<boolean> {
    const { database } = this;
    // Excludes other writers from the start, so that the checkpoint cannot change after it was compared.
    database.exec('BEGIN IMMEDIATE');
    try {
      if (!isSame(this.read(key), from)) {
        database.exec('ROLLBACK');
        return false;
      }
      this.save(key, await work(database));
      database.exec('COMMIT');
      return true;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  private read({ source, consumer }: SinkKey): SinkCheckpoint | undefined {
    const row = this.database
      .prepare('SELECT store, position, epoch, frame_checksum FROM varve_consumers WHERE source = ? AND consumer = ?')
      .get(source, consumer);
    if (row === undefined) return undefined;
    return {
      storeId: String(row['store']),
      position: Number(row['position']),
      epoch: Number(row['epoch']),
      frameChecksum: Number(row['frame_checksum']),
    };
  }

  private save({ source, consumer }: SinkKey, checkpoint: SinkCheckpoint): void {
    const { storeId, position, epoch, frameChecksum } = checkpoint;
    this.database
      .prepare('INSERT OR REPLACE INTO varve_consumers VALUES (?, ?, ?, ?, ?, ?)')
      .run(source, consumer, storeId, position, epoch, frameChecksum);
  }
}

function isSame(found: SinkCheckpoint | undefined, expected: SinkCheckpoint | undefined): boolean {
  return found?.position === expected?.position && found?.frameChecksum === expected?.frameChecksum;
}
