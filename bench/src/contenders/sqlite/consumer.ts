import { join } from 'node:path';
import type { SizedOrder } from '../../reference/order.ts';
import type { ConsumerTask } from '../contender.ts';
import { openDatabase } from './database.ts';
import { SqliteReader } from './reader.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS consumers (id TEXT PRIMARY KEY, position INTEGER, state TEXT) STRICT';
const SAVE = `INSERT INTO consumers VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET position = excluded.position, state = excluded.state`;

/** The state is a row with its position, in a separate database: the database of the events belongs to its writer. */
export function consume(
  directory: string,
  { name, saveEvery }: ConsumerTask,
  visit: (order: SizedOrder) => void,
): Promise<void> {
  const reader = new SqliteReader(directory);
  const database = openDatabase(join(directory, 'consumers.sqlite'));
  database.exec(SCHEMA);
  const save = database.prepare(SAVE);
  let state = { count: 0, cents: 0 };
  reader.scan((order) => {
    visit(order);
    state = { count: state.count + 1, cents: state.cents + order.priceCents };
    if (state.count % saveEvery === 0) save.run(name, state.count, JSON.stringify(state));
  });
  save.run(name, state.count, JSON.stringify(state));
  database.close();
  return reader.close();
}
