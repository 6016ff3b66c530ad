/** The example of docs/consumers.md for PostgreSQL: the region is a block of the page. */
import { once } from 'node:events';
import { type AccountEvent, reader } from './accounts.ts';

const making = postgres({ onnotice: () => undefined });
await making`CREATE TABLE IF NOT EXISTS entries (position bigint, amount bigint)`;
await making.end();

// #region postgres
import postgres, { type TransactionSql } from 'postgres';
import { PostgresSink } from '@varve/projector/postgres';

const sql = postgres(); // where it is, the environment says: PGHOST, PGDATABASE, PGUSER, ...
const filler = reader.getSinkConsumer<TransactionSql, AccountEvent>('_all', 'filler', new PostgresSink(sql));
const filling = filler.run(async (event, metadata, transaction) => {
  await transaction`INSERT INTO entries VALUES (${metadata.position}, ${event.amount})`;
});
// #endregion

await once(filler, 'caught-up');
await filler.stop();
await filling;
for (const { position, amount } of await sql`SELECT * FROM entries ORDER BY position`) console.log(position, amount);
await sql.end();
await reader.close();
