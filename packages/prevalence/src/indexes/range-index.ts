/** Cells in the order of a field, for ranges; objects with the same value are in the order in which they were created. */
import { VarveError } from '@varve/core';
import type { Cell } from '../model/cell.ts';
import { type Place, SortedEntries } from './sorted-entries.ts';
import { fieldOf, isMissing, noTerms, type TableIndex, termOf } from './table-index.ts';
import { compareTerms } from './term-order.ts';

/** Selects objects; all of them without bounds. */
export interface RangeOptions<Value = unknown> {
  /** The least value, inclusive. */
  readonly from?: Value;
  /** The lower bound, exclusive. */
  readonly above?: Value;
  /** The greatest value, inclusive. */
  readonly to?: Value;
  /** The upper bound, exclusive. */
  readonly below?: Value;
  /** The greatest value first. @default false */
  readonly reverse?: boolean;
  /** The maximum number of objects. */
  readonly limit?: number;
}

interface Entry {
  readonly term: unknown;
  readonly cell: Cell;
}

export class RangeIndex implements TableIndex {
  readonly fields: readonly string[];
  private readonly entries = new SortedEntries<Entry>(compareEntries);

  constructor(field: string) {
    this.fields = [field];
  }

  get field(): string {
    return this.fields[0]!;
  }

  get size(): number {
    return this.entries.size;
  }

  termsOf(object: object): readonly unknown[] {
    const { field } = this;
    const value = fieldOf(object, field);
    return isMissing(value) ? noTerms : [termOf(value, field)];
  }

  add(term: unknown, cell: Cell): void {
    this.entries.insert({ term, cell });
  }

  remove(term: unknown, cell: Cell): void {
    this.entries.remove({ term, cell });
  }

  /**
   * The cells of a range in its order, each once. The reading loop may change, delete and insert objects: the next cell
   * is the next one in the range as it is by then.
   */
  *find(range: RangeOptions): Generator<Cell, undefined> {
    const { limit = Infinity } = range;
    const { entries } = this;
    const given: Cell[] = [];
    // The cells returned so far: one that has moved ahead since is not returned again.
    let known: Set<Cell> | undefined;
    let { changes } = entries;
    let walk = this.walk(range);
    while (given.length < limit) {
      const { done, value: entry } = walk.next();
      if (done === true) return undefined;
      if (known?.has(entry.cell) === true) continue;
      given.push(entry.cell);
      known?.add(entry.cell);
      yield entry.cell;
      if (entries.changes === changes) continue;
      ({ changes } = entries);
      known ??= new Set(given);
      walk = this.walk(range, entry);
    }
    return undefined;
  }

  count(range: RangeOptions): number {
    const [from, to] = this.placesOf(range);
    return Math.min(this.entries.countBetween(from, to), range.limit ?? Infinity);
  }

  /** The distinct terms in order, each with the oldest object that has it. */
  terms(): [term: unknown, oldest: Cell][] {
    const terms: [unknown, Cell][] = [];
    for (const { term, cell } of this.entries.between(this.entries.start, this.entries.end)) {
      const last = terms.at(-1);
      if (last === undefined || compareTerms(last[0], term) !== 0) terms.push([term, cell]);
    }
    return terms;
  }

  /** The entries of a range, or those of them after `last`, which is or was one of them. */
  private walk(range: RangeOptions, last?: Entry): Generator<Entry, undefined> {
    const { entries } = this;
    let [from, to] = this.placesOf(range);
    if (range.reverse === true) {
      if (last !== undefined) to = entries.placeOf((entry) => compareEntries(entry, last) < 0);
      return entries.betweenBackwards(from, to);
    }
    if (last !== undefined) from = entries.placeOf((entry) => compareEntries(entry, last) <= 0);
    return entries.between(from, to);
  }

  private placesOf(range: RangeOptions): [from: Place, to: Place] {
    const { entries } = this;
    const { field } = this;
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

function compareEntries(a: Entry, b: Entry): number {
  return compareTerms(a.term, b.term) || a.cell.id - b.cell.id;
}

function twoBounds(range: RangeOptions): VarveError {
  return new VarveError('INVALID_OPTION', 'A range has two bounds on the same side.', {
    found: range,
    expected: 'from or above, to or below',
    hint: 'Give one of `from` and `above`, and one of `to` and `below`.',
  });
}
