/**
 * What the running command does to the model: collected while it runs, then published as a whole or undone as a whole.
 * Each model has one, which is reused for every command.
 *
 * Invariant: outside of `begin` and `publish` or `rollback`, no cell is touched, and readers see what was published.
 */
import { Cell, type Key } from './cell.ts';
import { Digest } from './digest.ts';
import type { TableIndex } from '../indexes/table-index.ts';
import type { Table } from './table.ts';
import { TouchedCell } from './touched-cell.ts';

/** One object that a command created, changed or deleted. `value` is its new value. */
export interface Change {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly cell: Cell;
  readonly value: unknown;
}

/** The number of touched cells that are kept for the next commands. */
const maxKeptCells = 256;

interface IndexChange {
  readonly index: TableIndex;
  readonly term: unknown;
  readonly cell: Cell;
  readonly isAdded: boolean;
}

export class Transaction {
  isOpen = false;
  /** The number of the next object to be created. */
  nextId = 1;
  /** Called with each cell before its object is replaced or dropped, so that a snapshot can keep what it has yet to write. */
  beforePublish: ((cell: Cell) => void) | undefined;
  private firstId = 1;
  /** The first `touchedCount` belong to the running command; the others are kept for a command that touches more. */
  private readonly touched: TouchedCell[] = [];
  private touchedCount = 0;
  private readonly indexChanges: IndexChange[] = [];
  private readonly digest = new Digest();

  begin(): void {
    this.isOpen = true;
    this.firstId = this.nextId;
  }

  touch(cell: Cell): TouchedCell {
    const { place } = cell;
    if (place !== 0) return this.touched[place - 1]!;
    const next = this.touchedCount++;
    cell.place = this.touchedCount;
    const touched = this.touched[next];
    if (touched === undefined) return (this.touched[next] = new TouchedCell(cell));
    touched.cell = cell;
    return touched;
  }

  touchedAt(place: number): TouchedCell {
    return this.touched[place - 1]!;
  }

  /**
   * `value` is frozen. Throws `NOT_UNIQUE` with nothing changed. Without `entersIndexes` the caller enters the cell
   * into the indexes, when all objects have their final values.
   */
  insert(table: Table, key: Key, value: unknown, entersIndexes = true): Cell {
    const cell = new Cell(table, this.nextId, key);
    const touched = this.touch(cell);
    touched.isNew = true;
    touched.replace(value);
    try {
      if (entersIndexes) table.enterIndexes(cell);
    } catch (error) {
      touched.clear();
      this.touchedCount--;
      throw error;
    }
    this.nextId++;
    table.add(cell);
    return cell;
  }

  /** The same for an existing object. */
  replace(cell: Cell, value: unknown, entersIndexes = true): void {
    const { table } = cell;
    const touched = this.touch(cell);
    const before = touched.seal();
    const mark = this.indexMark;
    table.leaveIndexes(cell);
    touched.replace(value);
    try {
      if (entersIndexes) table.enterIndexes(cell);
    } catch (error) {
      touched.replace(before);
      this.undoIndexes(mark);
      throw error;
    }
  }

  delete(cell: Cell): void {
    cell.table.leaveIndexes(cell);
    this.touch(cell).isDeleted = true;
    cell.table.deletedCount++;
  }

  /**
   * Freezes the changes of the command, and returns a digest that distinguishes them from any other changes that it
   * might have made. The command may still be rolled back after this.
   */
  seal(): number {
    const { digest, touched, touchedCount } = this;
    digest.reset();
    for (let index = 0; index < touchedCount; index++) {
      const change = touched[index]!;
      change.determineEffect();
      const { table, key } = change.cell;
      if (change.kind === 'update') digest.updated(table.name, key, change);
      else if (change.kind === 'insert') digest.inserted(table.name, key, change.value);
      else if (change.kind === 'delete') digest.deleted(table.name, key);
    }
    return digest.value;
  }

  /** The settled changes, object by object; to be called before they are published. */
  changes(): Change[] {
    return this.touched.slice(0, this.touchedCount).filter(isChange);
  }

  /** A cell whose object was changed, with a changed field; undefined when there is none. */
  firstChanged(): { readonly cell: Cell; readonly field: string } | undefined {
    for (let index = 0; index < this.touchedCount; index++) {
      const { cell, kind, fields, fieldCount } = this.touched[index]!;
      if (kind === 'update' && fieldCount > 0) return { cell, field: fields[0]! };
    }
    return undefined;
  }

  /** Makes the settled changes visible to readers. */
  publish(): void {
    const { beforePublish, touched, touchedCount } = this;
    for (let index = 0; index < touchedCount; index++) {
      const { kind, cell, value, isUnseen } = touched[index]!;
      if (kind === undefined) continue;
      if (beforePublish !== undefined && kind !== 'insert') beforePublish(cell);
      if (kind === 'delete') cell.table.drop(cell);
      else {
        // After a change in place this is the same object; skipping the write saves its cost.
        if (cell.current !== value) cell.current = value;
        cell.isUnseen = isUnseen;
      }
    }
    this.end();
  }

  /** Undoes all changes of the command. */
  rollback(): void {
    this.undoIndexes(0);
    const lost = new Map<Table, Cell[]>();
    for (let index = 0; index < this.touchedCount; index++) {
      const touched = this.touched[index]!;
      const { cell, isNew, isDeleted } = touched;
      const { table } = cell;
      touched.undoInPlace();
      if (isNew) table.drop(cell);
      else if (isDeleted && table.cells.get(cell.key) !== cell) {
        lost.set(table, [...(lost.get(table) ?? []), cell]);
      }
    }
    this.end();
    for (const [table, cells] of lost) table.putBack(cells);
    this.nextId = this.firstId;
  }

  get indexMark(): number {
    return this.indexChanges.length;
  }

  indexed(index: TableIndex, term: unknown, cell: Cell, isAdded: boolean): void {
    // While a model is being restored there is nothing to undo.
    if (this.isOpen) this.indexChanges.push({ index, term, cell, isAdded });
  }

  undoIndexes(mark: number): void {
    const { indexChanges } = this;
    while (indexChanges.length > mark) {
      const { index, term, cell, isAdded } = indexChanges.pop()!;
      if (isAdded) index.remove(term, cell);
      else index.add(term, cell);
    }
  }

  private end(): void {
    const { touched, touchedCount } = this;
    for (let index = 0; index < touchedCount; index++) {
      const each = touched[index]!;
      const { cell } = each;
      // A new cell that was deleted again still has its key; so does a deleted one that a rollback restores.
      if (each.isDeleted && each.isNew) cell.table.drop(cell);
      each.clear();
      cell.place = 0;
      cell.table.deletedCount = 0;
    }
    this.touchedCount = 0;
    if (touched.length > maxKeptCells) touched.length = maxKeptCells;
    this.indexChanges.length = 0;
    this.isOpen = false;
  }
}

function isChange(touched: TouchedCell): touched is TouchedCell & Change {
  return touched.kind !== undefined;
}
