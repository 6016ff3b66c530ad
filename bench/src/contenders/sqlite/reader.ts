import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SizedOrder } from '../../reference/order.ts';
import type { Reader } from '../contender.ts';
import { databaseFile, IS_RARE, openDatabase } from './database.ts';

const PAGE_ROWS = 1000;

/** A row as `setReturnArrays` returns the selected columns: the event's place in its order, and the event. */
type Row = readonly [key: number, payload: string];
type Visit = (order: SizedOrder) => void;

export class SqliteReader implements Reader {
  readonly #database: DatabaseSync;
  readonly #all: StatementSync;
  readonly #backward: StatementSync;
  readonly #stream: StatementSync;
  readonly #rare: StatementSync;
  readonly #one: StatementSync;
  readonly #streamIds = new Map<string, number>();

  constructor(directory: string) {
    this.#database = openDatabase(databaseFile(directory), 'NORMAL', true);
    const select = (where: string, key = 'position', order = 'ASC'): StatementSync =>
      this.#prepare(`SELECT ${key}, payload FROM events WHERE ${where} ORDER BY ${key} ${order} LIMIT ${PAGE_ROWS}`);
    this.#all = select('position > ?');
    this.#backward = select('position < ?', 'position', 'DESC');
    this.#stream = select('version > ? AND stream_id = ?', 'version');
    this.#rare = select(`position > ? AND ${IS_RARE}`);
    this.#one = this.#prepare('SELECT position, payload FROM events WHERE position = ?');
    const streams = rowsOf<[id: number, name: string]>(this.#prepare('SELECT id, name FROM streams').all());
    for (const [id, name] of streams) this.#streamIds.set(name, id);
  }

  scan(visit: Visit): void {
    this.#pages(this.#all, 0, [], visitParsed(visit));
  }

  scanBackward(visit: Visit): void {
    this.#pages(this.#backward, Number.MAX_SAFE_INTEGER, [], visitParsed(visit));
  }

  readStream(stream: string, visit: Visit): void {
    this.#pages(this.#stream, 0, [this.#idOf(stream)], visitParsed(visit));
  }

  /** Pages of a sorted union would sort it again for each page; a walk by position skips the events of other streams. */
  readJoin(streams: readonly string[], visit: Visit): void {
    const ids = streams.map((stream) => this.#idOf(stream));
    const places = ids.map(() => '?').join(', ');
    const rows = this.#prepare(`SELECT position, payload FROM events WHERE stream_id IN (${places}) ORDER BY position`);
    for (const [, payload] of rowsOf<Row>(rows.iterate(...ids))) {
      visit(JSON.parse(payload) as SizedOrder);
    }
  }

  /** A stream is in one category, the prefix of its name: the names in the category are looked up and joined. */
  readCategory(category: string, visit: Visit): void {
    this.readJoin(
      [...this.#streamIds.keys()].filter((name) => name.startsWith(`${category}-`)),
      visit,
    );
  }

  readDerived(visit: Visit): void {
    this.#pages(this.#rare, 0, [], visitParsed(visit));
  }

  readOne(position: number): SizedOrder {
    const [row] = rowsOf<Row>([this.#one.get(position)]);
    if (!row) throw new Error(`the database has no event at position ${position}`);
    return JSON.parse(row[1]) as SizedOrder;
  }

  ndjson(visit: (piece: string) => void): void {
    this.#pages(this.#all, 0, [], (payload) => visit(`${payload}\n`));
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #pages(statement: StatementSync, after: number, parameters: SQLInputValue[], visit: (payload: string) => void): void {
    let key = after;
    for (;;) {
      const rows: readonly unknown[] = statement.all(key, ...parameters);
      for (const [position, payload] of rowsOf<Row>(rows)) {
        visit(payload);
        key = position;
      }
      if (rows.length < PAGE_ROWS) return;
    }
  }

  #idOf(stream: string): number {
    const id = this.#streamIds.get(stream);
    if (id === undefined) throw new Error(`the database has no stream ${stream}`);
    return id;
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }
}

/** The types of node:sqlite do not include `setReturnArrays`. */
function rowsOf<Columns>(rows: Iterable<unknown>): Iterable<Columns> {
  return rows as Iterable<Columns>;
}

function visitParsed(visit: Visit): (payload: string) => void {
  return (payload) => visit(JSON.parse(payload) as SizedOrder);
}
