/** The example of docs/consumers.md for SQLite: the region is a block of the page. */
import { once } from 'node:events';
import { type AccountEvent, reader } from './accounts.ts';

// #region sqlite
import { DatabaseSync } from 'node:sqlite';
import { SqliteSink } from '@varve/projector/sqlite';

const database = new DatabaseSync('shop.sqlite');
database.exec('CREATE TABLE IF NOT EXISTS entries (position INTEGER, amount INTEGER)');
const sink = new SqliteSink(database);
const filler = reader.getSinkConsumer<DatabaseSync, AccountEvent>({ category: 'account' }, 'filler', sink);
const filling = filler.run((event, metadata, transaction) => {
  transaction.prepare('INSERT INTO entries VALUES (?, ?)').run(metadata.position, event.amount);
});
// #endregion

await once(filler, 'caught-up');
await filler.stop();
await filling;
for (const row of database.prepare('SELECT * FROM entries ORDER BY position').all()) {
  console.log(row['position'], row['amount']);
}
await reader.close();
