/**
 * Iterates over all objects of a model as they are at its start, piece by piece, while commands continue: an object
 * that is changed or deleted before its turn is kept as it was. One capture at a time.
 *
 * Invariant: each object that existed at the start is returned exactly once, as it was then; no later object is.
 */
import type { Cell } from '../model/cell.ts';
import type { Model } from '../model/model.ts';
import type { Table } from '../model/table.ts';
import type { ObjectsOfPart } from './snapshot-body.ts';

interface KeptObject {
  readonly cell: Cell;
  readonly value: unknown;
}

export class ModelCapture {
  private readonly model: Model;
  private readonly number: number;
  private readonly lastId: number;
  private readonly tables: IterableIterator<Table>;
  private table: Table | undefined;
  private cells: IterableIterator<Cell> | undefined;
  /** Objects that were changed or deleted before their turn, by table. */
  private readonly kept = new Map<Table, KeptObject[]>();
  private isOver = false;

  /** To be created between two commands. */
  constructor(model: Model) {
    this.model = model;
    this.number = ++model.captures;
    this.lastId = model.transaction.nextId - 1;
    this.tables = model.tables.values();
    model.transaction.beforePublish = (cell) => this.keep(cell);
  }

  /**
   * The next objects, at most `most`, all of one part; undefined when there are no more, which ends the capture. To be
   * called between two commands.
   */
  next(most: number): ObjectsOfPart | undefined {
    while (this.table === undefined || this.cells === undefined) {
      const following = this.tables.next();
      if (following.done === true) return this.nextKept(most);
      this.table = following.value;
      this.cells = this.table.cells.values();
    }
    const { table } = this;
    const found: KeptObject[] = [];
    while (found.length < most) {
      const step = this.cells.next();
      if (step.done === true) {
        this.table = undefined;
        break;
      }
      const cell = step.value;
      if (cell.snapshot === this.number || cell.id > this.lastId) continue;
      cell.snapshot = this.number;
      found.push({ cell, value: cell.current });
    }
    return objectsOf(table, found);
  }

  /** Ends the capture; nothing is kept for it any more. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.model.transaction.beforePublish = undefined;
    this.kept.clear();
  }

  private keep(cell: Cell): void {
    if (cell.snapshot === this.number || cell.id > this.lastId) return;
    cell.snapshot = this.number;
    const { table } = cell;
    const objects = this.kept.get(table);
    const object = { cell, value: cell.current };
    if (objects === undefined) this.kept.set(table, [object]);
    else objects.push(object);
  }

  private nextKept(most: number): ObjectsOfPart | undefined {
    for (const [table, objects] of this.kept) {
      const some = objects.splice(0, most);
      if (objects.length === 0) this.kept.delete(table);
      return objectsOf(table, some);
    }
    this.end();
    return undefined;
  }
}

function objectsOf({ name }: Table, objects: readonly KeptObject[]): ObjectsOfPart {
  return {
    part: name,
    ids: objects.map(({ cell }) => cell.id),
    keys: objects.map(({ cell }) => cell.key),
    values: objects.map(({ value }) => value),
  };
}
