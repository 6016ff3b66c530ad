import type { SizedOrder } from '../../reference/order.ts';
import type { Reader } from '../contender.ts';
import { DERIVED_ID } from './appender.ts';
import type { Databases } from './databases.ts';

type Visit = (order: SizedOrder) => void;

export class LmdbReader implements Reader {
  readonly #databases: Databases;

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  scan(visit: Visit): void {
    for (const { value } of this.#databases.events.getRange({ start: 1 })) visit(value.order);
  }

  scanBackward(visit: Visit): void {
    for (const { value } of this.#databases.events.getRange({ end: 0, reverse: true })) visit(value.order);
  }

  readStream(stream: string, visit: Visit): void {
    this.#readPositions(this.#databases.positionsByStream.getValues(this.#idOf(stream)), visit);
  }

  /** Takes the positions of each stream and merges them by sorting all of them; no event is read for that. */
  readJoin(streams: readonly string[], visit: Visit): void {
    const ids = streams.map((stream) => this.#idOf(stream));
    const positions = ids.flatMap((id) => [...this.#databases.positionsByStream.getValues(id)]);
    this.#readPositions(
      positions.sort((a, b) => a - b),
      visit,
    );
  }

  readCategory(category: string, visit: Visit): void {
    // '.' is the character after '-'.
    const names = this.#databases.streamIds.getKeys({ start: `${category}-`, end: `${category}.` });
    this.readJoin([...names], visit);
  }

  readDerived(visit: Visit): void {
    this.#readPositions(this.#databases.positionsByStream.getValues(DERIVED_ID), visit);
  }

  readOne(position: number): SizedOrder {
    const event = this.#databases.events.get(position);
    if (!event) throw new Error(`lmdb has no event at position ${position}`);
    return event.order;
  }

  ndjson(visit: (piece: string) => void): void {
    this.scan((order) => visit(`${JSON.stringify(order)}\n`));
  }

  close(): Promise<void> {
    return this.#databases.root.close();
  }

  #readPositions(positions: Iterable<number>, visit: Visit): void {
    for (const position of positions) visit(this.readOne(position));
  }

  #idOf(stream: string): number {
    const id = this.#databases.streamIds.get(stream);
    if (id === undefined) throw new Error(`lmdb has no stream ${stream}`);
    return id;
  }
}
