/** What all indexes of a collection have in common: they find cells by terms, which they derive from objects. */
import { VarveError } from '@varve/core';
import type { Cell } from '../model/cell.ts';

export interface TableIndex {
  /** The fields from which the terms are derived. */
  readonly fields: readonly string[];
  /** The terms of an object: none where the field is undefined or null. */
  termsOf(object: object): readonly unknown[];
  /** Throws `NOT_UNIQUE` when the index has another cell under the term and allows only one. */
  add(term: unknown, cell: Cell): void;
  remove(term: unknown, cell: Cell): void;
}

export const noTerms: readonly unknown[] = [];

export function fieldOf(object: object, field: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[field];
}

/** What an index compares: texts, numbers, true and false as they are, dates as their milliseconds. */
export function termOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object') return value;
  if (value instanceof Date) return value.getTime();
  throw new VarveError('INVALID_VALUE', `The field ${JSON.stringify(field)} is indexed and holds an object.`, {
    found: value,
    expected: 'a text, number, BigInt, Date, true, false, null or undefined',
    hint: 'Index a field of simple values, or use hashList for a list of them.',
  });
}

export function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** One term for several values; different values have different terms. */
export function tupleTerm(values: readonly unknown[]): string {
  return values.map(partOfTuple).join('');
}

function partOfTuple(value: unknown): string {
  const text = String(value);
  return `${typeof value === 'string' ? 's' : typeof value === 'bigint' ? 'i' : 'v'}${text.length}:${text}`;
}

/** The cells in the order in which their objects were created, each once. */
export function inOrder(cells: Iterable<Cell>): Cell[] {
  return [...new Set(cells)].sort((a, b) => a.id - b.id);
}
