/**
 * Keeps rows and position together in PostgreSQL, through the client `postgres`. The position of each consumer is a row
 * of the table `varve_consumers`, which the sink creates in the schema of the connection. The row is locked during a
 * transaction, so that a second process, on whatever machine, waits, and then finds that the position has changed.
 */
import type { Sink, SinkCheckpoint, SinkKey } from '@varve/core';
import type { Sql, TransactionSql } from 'postgres';

/** An arbitrary number; the lock serializes sinks that create the table at the same moment. */
const tableLock = 8_623_714_520;

interface CheckpointRow {
  readonly store: string | null;
  readonly position: string;
  readonly epoch: string;
  readonly frame_checksum: string;
}

export class PostgresSink implements Sink<TransactionSql> {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  async load(key: SinkKey): Promise<SinkCheckpoint | undefined> {
    return this.sql.begin(async (transaction) => {
      await transaction`SELECT pg_advisory_xact_lock(${tableLock})`;
      const [found] = await transaction<{ name: string | null }[]>`SELECT to_regclass('varve_consumers')::text AS name`;
      if (typeof found?.name !== 'string') {
        await transaction`CREATE TABLE varve_consumers (
          source text NOT NULL,
          consumer text NOT NULL,
          store text,
          position bigint NOT NULL,
          epoch bigint NOT NULL,
          frame_checksum bigint NOT NULL,
          PRIMARY KEY (source, consumer)
        )`;
      }
      // The row exists from the start, so that it can be locked.
      await transaction`
        INSERT INTO varve_consumers VALUES (${key.source}, ${key.consumer}, NULL, 0, 0, 0) ON CONFLICT DO NOTHING`;
      return read(transaction, key);
    });
  }

  async write(
    key: SinkKey,
    from: SinkCheckpoint | undefined,
    work: (transaction: TransactionSql) => Promise<SinkCheckpoint>,
  ): Promise<boolean> {
    return this.sql.begin(async (transaction) => {
      const found = await read(transaction, key);
      if (found?.position !== from?.position || found?.frameChecksum !== from?.frameChecksum) return false;
      const { storeId, position, epoch, frameChecksum } = await work(transaction);
      await transaction`
        UPDATE varve_consumers
        SET store = ${storeId}, position = ${position}, epoch = ${epoch}, frame_checksum = ${frameChecksum}
        WHERE source = ${key.source} AND consumer = ${key.consumer}`;
      return true;
    });
  }
}

async function read(transaction: TransactionSql, key: SinkKey): Promise<SinkCheckpoint | undefined> {
  const [row] = await transaction<CheckpointRow[]>`
    SELECT store, position, epoch, frame_checksum FROM varve_consumers
    WHERE source = ${key.source} AND consumer = ${key.consumer} FOR UPDATE`;
  if (typeof row?.store !== 'string') return undefined;
  return {
    storeId: row.store,
    position: Number(row.position),
    epoch: Number(row.epoch),
    frameChecksum: Number(row.frame_checksum),
  };
}
