/** At most one cell per term. */
import { VarveError } from '@varve/core';
import type { Cell } from '../model/cell.ts';
import { inOrder, type TableIndex } from './table-index.ts';

export class UniqueIndex implements TableIndex {
  readonly fields: readonly string[];
  readonly termsOf: (object: object) => readonly unknown[];
  private readonly name: string;
  private readonly cells = new Map<unknown, Cell>();

  constructor(name: string, fields: readonly string[], termsOf: (object: object) => readonly unknown[]) {
    this.name = name;
    this.fields = fields;
    this.termsOf = termsOf;
  }

  get size(): number {
    return this.cells.size;
  }

  add(term: unknown, cell: Cell): void {
    const other = this.cells.get(term);
    if (other !== undefined) throw notUnique(cell.table.name, this.name, term, other.key);
    this.cells.set(term, cell);
  }

  remove(term: unknown): void {
    this.cells.delete(term);
  }

  find(term: unknown): Cell | undefined {
    return this.cells.get(term);
  }

  /** The terms with their objects, in the order in which the objects were created. */
  terms(): [term: unknown, cell: Cell][] {
    return [...this.cells].sort(([, a], [, b]) => a.id - b.id);
  }

  all(): Cell[] {
    return inOrder(this.cells.values());
  }
}

/** The error for a second object with the same key, or with the same value in a field with a unique index. */
export function notUnique(table: string, index: string, term: unknown, holder: string | number): VarveError {
  const found = typeof term === 'string' ? JSON.stringify(term) : String(term);
  return new VarveError('NOT_UNIQUE', `There is an object with ${index} ${found} in ${table} already.`, {
    found: term,
    expected: `a value that ${JSON.stringify(holder)} does not have`,
    hint: 'Nothing was changed. Look for the object first, or change the one that is there.',
  });
}
