/**
 * What the command that is running does to the model: collected while it runs, and then taken as a whole or undone as
 * a whole. One for each model, used again for each command.
 *
 * Invariant: outside of `begin` and `publish` or `rollback`, no cell is touched, and readers see what was published.
 */
import { Cell, type Key } from './cell.ts';
import { Digest } from './digest.ts';
import type { TableIndex } from '../indexes/table-index.ts';
import type { Table } from './table.ts';

/** One object that a command made, changed or deleted. `value` is what it is now. */
export interface Change {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly cell: Cell;
  readonly value: unknown;
}

/** Everything that a command did, and a number that tells it from anything else that it might have done. */
export interface ChangeSet {
  readonly changes: readonly Change[];
  readonly digest: number;
}

interface IndexChange {
  readonly index: TableIndex;
  readonly term: unknown;
  readonly cell: Cell;
  readonly isAdded: boolean;
}

export class Transaction {
  isOpen = false;
  /** Number of the object that is made next. */
  nextId = 1;
  /** Told of each object before it is replaced or dropped: where a snapshot keeps what it has to write. */
  beforePublish: ((cell: Cell) => void) | undefined;
  private firstId = 1;
  private readonly touched: Cell[] = [];
  private readonly indexChanges: IndexChange[] = [];
  private readonly digest = new Digest();

  begin(): void {
    this.isOpen = true;
    this.firstId = this.nextId;
  }

  touch(cell: Cell): void {
    if (cell.isTouched) return;
    cell.isTouched = true;
    this.touched.push(cell);
  }

  /** `value` is frozen. Throws `NOT_UNIQUE` with nothing changed. */
  insert(table: Table, key: Key, value: unknown): Cell {
    const cell = new Cell(table, this.nextId, key);
    cell.isNew = true;
    cell.replace(value);
    try {
      table.enterIndexes(cell);
    } catch (error) {
      this.touched.pop();
      throw error;
    }
    this.nextId++;
    table.add(cell);
    return cell;
  }

  /** `value` is frozen. Throws `NOT_UNIQUE` with nothing changed. */
  replace(cell: Cell, value: unknown): void {
    const { table } = cell;
    const before = cell.seal();
    const mark = this.indexMark;
    table.leaveIndexes(cell);
    cell.replace(value);
    try {
      table.enterIndexes(cell);
    } catch (error) {
      cell.replace(before);
      this.undoIndexes(mark);
      throw error;
    }
  }

  delete(cell: Cell): void {
    this.touch(cell);
    cell.table.leaveIndexes(cell);
    cell.isDeleted = true;
    cell.table.deletedCount++;
  }

  /** Freezes what the command did, and says what that is. The command may still be rolled back after this. */
  settle(): ChangeSet {
    const { digest } = this;
    const changes: Change[] = [];
    digest.reset();
    for (const cell of this.touched) {
      const { table, key, current } = cell;
      if (cell.isDeleted) {
        if (cell.isNew) continue;
        changes.push({ kind: 'delete', cell, value: undefined });
        digest.deleted(table.name, key);
        continue;
      }
      const value = cell.seal();
      if (cell.isNew) {
        changes.push({ kind: 'insert', cell, value });
        digest.inserted(table.name, key, value);
      } else if (!Object.is(value, current)) {
        changes.push({ kind: 'update', cell, value });
        digest.updated(table.name, key, { before: current, value, keys: cell.changedKeys });
      }
    }
    return { changes, digest: digest.value };
  }

  /** Makes what was settled visible to readers. */
  publish({ changes }: ChangeSet): void {
    const { beforePublish } = this;
    for (const { kind, cell, value } of changes) {
      if (beforePublish !== undefined && kind !== 'insert') beforePublish(cell);
      if (kind === 'delete') cell.table.drop(cell);
      else cell.current = value;
    }
    this.end();
  }

  /** Undoes everything. */
  rollback(): void {
    this.undoIndexes(0);
    const lost = new Map<Table, Cell[]>();
    for (const cell of this.touched) {
      const { table } = cell;
      if (cell.isNew) table.drop(cell);
      else if (cell.isDeleted && table.cells.get(cell.key) !== cell) {
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
    for (const cell of this.touched) {
      // A new cell that was deleted again is still at its key, and so is one that a rollback brings back.
      if (cell.isDeleted && cell.isNew) cell.table.drop(cell);
      cell.leave();
      cell.table.deletedCount = 0;
    }
    this.touched.length = 0;
    this.indexChanges.length = 0;
    this.isOpen = false;
  }
}
