/**
 * Any number of cells per term: indexes of one field, of the elements of a list, of several fields, of kinds and of
 * categories. They differ in how they derive terms from an object.
 */
import type { Cell } from '../model/cell.ts';
import { Bucket } from './bucket.ts';
import { inOrder, type TableIndex } from './table-index.ts';

const noCells: readonly Cell[] = [];

export class HashIndex implements TableIndex {
  readonly fields: readonly string[];
  readonly termsOf: (object: object) => readonly unknown[];
  private readonly buckets = new Map<unknown, Bucket>();

  constructor(fields: readonly string[], termsOf: (object: object) => readonly unknown[]) {
    this.fields = fields;
    this.termsOf = termsOf;
  }

  add(term: unknown, cell: Cell): void {
    let bucket = this.buckets.get(term);
    if (bucket === undefined) {
      bucket = new Bucket();
      this.buckets.set(term, bucket);
    }
    bucket.add(cell);
  }

  remove(term: unknown, cell: Cell): void {
    const bucket = this.buckets.get(term);
    bucket?.remove(cell);
    if (bucket?.size === 0) this.buckets.delete(term);
  }

  find(term: unknown): Iterable<Cell> {
    return this.buckets.get(term)?.inOrder() ?? noCells;
  }

  count(term: unknown): number {
    return this.buckets.get(term)?.size ?? 0;
  }

  /**
   * The terms, each with its oldest object, ordered by these objects; terms with the same oldest object are in the
   * order in which it has them.
   */
  terms(): [term: unknown, oldest: Cell][] {
    const terms = [...this.buckets].map(([term, bucket]): [unknown, Cell] => [term, bucket.first()]);
    // Never in the map's insertion order: commands that threw have changed it, and a snapshot does not keep it.
    const placeOf = (term: unknown, cell: Cell): number => this.termsOf(cell.latest as object).indexOf(term);
    return terms.sort(([s, a], [t, b]) => a.id - b.id || placeOf(s, a) - placeOf(t, b));
  }

  all(): Cell[] {
    const cells: Cell[] = [];
    for (const bucket of this.buckets.values()) cells.push(...bucket.inOrder());
    return inOrder(cells);
  }
}
