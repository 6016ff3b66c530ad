/**
 * A named part of the model: cells by key, in the order in which they were created, and the indexes on them.
 *
 * Invariants: the cells are in the order of their ids; an index contains each cell with the terms of its latest value,
 * also in the middle of a command.
 */
import { VarveError } from '@varve/core';
import type { TableIndex } from '../indexes/table-index.ts';
import type { Cell, Key } from './cell.ts';
import type { Transaction } from './transaction.ts';

export interface TableOptions {
  readonly name: string;
  /** The field that is the key; undefined where objects have no key field. */
  readonly keyField?: string | undefined;
  readonly indexes?: ReadonlyMap<string, TableIndex>;
}

const noIndexes: ReadonlyMap<string, TableIndex> = new Map();

export class Table {
  readonly name: string;
  readonly keyField: string | undefined;
  readonly indexes: ReadonlyMap<string, TableIndex>;
  readonly cells = new Map<Key, Cell>();
  readonly transaction: Transaction;
  private readonly indexesByField = new Map<string, TableIndex[]>();
  private cellsById: Map<number, Cell> | undefined;
  /** The number of cells that the running command has deleted, and that are still among `cells`. */
  deletedCount = 0;

  constructor({ name, keyField, indexes = noIndexes }: TableOptions, transaction: Transaction) {
    this.name = name;
    this.keyField = keyField;
    this.indexes = indexes;
    this.transaction = transaction;
    for (const index of indexes.values()) {
      for (const field of index.fields) {
        this.indexesByField.set(field, [...(this.indexesByField.get(field) ?? []), index]);
      }
    }
  }

  get size(): number {
    return this.cells.size - this.deletedCount;
  }

  cell(key: Key): Cell | undefined {
    const cell = this.cells.get(key);
    return cell === undefined || cell.isDeleted ? undefined : cell;
  }

  /** The cell of the object with this number. The first call builds a map of all of them. */
  cellById(id: number): Cell | undefined {
    this.cellsById ??= new Map([...this.cells.values()].map((cell) => [cell.id, cell]));
    const cell = this.cellsById.get(id);
    return cell === undefined || cell.isDeleted ? undefined : cell;
  }

  /** All cells except deleted ones, in the order in which they were created. */
  *visible(): Generator<Cell, undefined> {
    for (const cell of this.cells.values()) if (!cell.isDeleted) yield cell;
    return undefined;
  }

  /** Adds a cell after all others. */
  add(cell: Cell): void {
    // The key of an object that this command has deleted is used again: the new object comes last, like any other.
    if (this.cells.has(cell.key)) {
      this.cells.delete(cell.key);
      this.deletedCount--;
    }
    this.cells.set(cell.key, cell);
    this.cellsById?.set(cell.id, cell);
  }

  /** Removes a cell for good, unless another one has its key by now. */
  drop(cell: Cell): void {
    if (this.cells.get(cell.key) === cell) this.cells.delete(cell.key);
    this.cellsById?.delete(cell.id);
  }

  /** Puts back cells whose places others had taken, which restores the order. */
  putBack(lost: readonly Cell[]): void {
    const inOrder = [...this.cells.values(), ...lost].sort((a, b) => a.id - b.id);
    this.cells.clear();
    for (const cell of inOrder) this.cells.set(cell.key, cell);
    for (const cell of lost) this.cellsById?.set(cell.id, cell);
  }

  willChange(cell: Cell, field: string): boolean {
    if (field === this.keyField) throw keyIsFixed(this.name, field, cell.key);
    const indexes = this.indexesByField.get(field);
    if (indexes === undefined) return false;
    for (const index of indexes) this.unindex(index, cell);
    return true;
  }

  /** Throws `NOT_UNIQUE` with none of the field's indexes changed. */
  hasChanged(cell: Cell, field: string): void {
    this.indexIn(this.indexesByField.get(field)!, cell);
  }

  /** Enters a cell into all indexes. Throws `NOT_UNIQUE` with none of them changed. */
  enterIndexes(cell: Cell): void {
    if (this.indexes.size > 0) this.indexIn([...this.indexes.values()], cell);
  }

  leaveIndexes(cell: Cell): void {
    for (const index of this.indexes.values()) this.unindex(index, cell);
  }

  private indexIn(indexes: readonly TableIndex[], cell: Cell): void {
    const mark = this.transaction.indexMark;
    try {
      for (const index of indexes) {
        for (const term of index.termsOf(cell.latest as object)) {
          index.add(term, cell);
          this.transaction.indexed(index, term, cell, true);
        }
      }
    } catch (error) {
      this.transaction.undoIndexes(mark);
      throw error;
    }
  }

  private unindex(index: TableIndex, cell: Cell): void {
    for (const term of index.termsOf(cell.latest as object)) {
      index.remove(term, cell);
      this.transaction.indexed(index, term, cell, false);
    }
  }
}

function keyIsFixed(name: string, field: string, key: Key): VarveError {
  return new VarveError(
    'INVALID_VALUE',
    `The key ${JSON.stringify(field)} of an object of ${name} cannot be changed.`,
    {
      found: key,
      hint: 'Delete the object and insert another one.',
    },
  );
}
