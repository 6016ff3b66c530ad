/** Cells in the order of a field, for ranges: objects with the same value lie in the order in which they were made. */
import { VarveError } from '@varve/core';
import type { Cell } from '../model/cell.ts';
import { type Place, SortedEntries } from './sorted-entries.ts';
import { fieldOf, isMissing, noTerms, type TableIndex, termOf } from './table-index.ts';
import { compareTerms } from './term-order.ts';

/** Which of the objects are meant: all without bounds. */
export interface RangeOptions<Value = unknown> {
  /** The least value, included. */
  readonly from?: Value;
  /** Values above this one. */
  readonly above?: Value;
  /** The greatest value, included. */
  readonly to?: Value;
  /** Values below this one. */
  readonly below?: Value;
  /** The greatest first. @default false */
  readonly reverse?: boolean;
  /** At most so many objects. */
  readonly limit?: number;
}

interface Entry {
  readonly term: unknown;
  readonly cell: Cell;
}

export class RangeIndex implements TableIndex {
  readonly fields: readonly string[];
  private readonly entries = new SortedEntries<Entry>((a, b) => compareTerms(a.term, b.term) || a.cell.id - b.cell.id);

  constructor(field: string) {
    this.fields = [field];
  }

  get size(): number {
    return this.entries.size;
  }

  termsOf(object: object): readonly unknown[] {
    const field = this.fields[0]!;
    const value = fieldOf(object, field);
    return isMissing(value) ? noTerms : [termOf(value, field)];
  }

  add(term: unknown, cell: Cell): void {
    this.entries.insert({ term, cell });
  }

  remove(term: unknown, cell: Cell): void {
    this.entries.remove({ term, cell });
  }

  *find(range: RangeOptions): Generator<Cell, undefined> {
    const [from, to] = this.placesOf(range);
    const { limit = Infinity, reverse = false } = range;
    let left = limit;
    const entries = reverse ? this.entries.betweenBackwards(from, to) : this.entries.between(from, to);
    if (left <= 0) return undefined;
    for (const { cell } of entries) {
      yield cell;
      if (--left <= 0) return undefined;
    }
    return undefined;
  }

  count(range: RangeOptions): number {
    const [from, to] = this.placesOf(range);
    return Math.min(this.entries.countBetween(from, to), range.limit ?? Infinity);
  }

  /** The different values, in order. */
  terms(): unknown[] {
    const terms: unknown[] = [];
    for (const { term } of this.entries.between(this.entries.start, this.entries.end)) {
      if (terms.length === 0 || compareTerms(terms.at(-1), term) !== 0) terms.push(term);
    }
    return terms;
  }

  private placesOf(range: RangeOptions): [from: Place, to: Place] {
    const { entries } = this;
    const field = this.fields[0]!;
    const term = (value: unknown): unknown => termOf(value, field);
    const { from, above, to, below } = range;
    const hasTwo = (from !== undefined && above !== undefined) || (to !== undefined && below !== undefined);
    if (hasTwo) throw twoBounds(range);
    const start =
      from === undefined
        ? above === undefined
          ? entries.start
          : entries.placeOf((entry) => compareTerms(entry.term, term(above)) <= 0)
        : entries.placeOf((entry) => compareTerms(entry.term, term(from)) < 0);
    const end =
      to === undefined
        ? below === undefined
          ? entries.end
          : entries.placeOf((entry) => compareTerms(entry.term, term(below)) < 0)
        : entries.placeOf((entry) => compareTerms(entry.term, term(to)) <= 0);
    return [start, end];
  }
}

function twoBounds(range: RangeOptions): VarveError {
  return new VarveError('INVALID_OPTION', 'A range has two bounds on the same side.', {
    found: range,
    expected: 'from or above, to or below',
    hint: 'Give one of `from` and `above`, and one of `to` and `below`.',
  });
}
