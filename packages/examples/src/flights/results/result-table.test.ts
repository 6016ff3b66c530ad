/** The tables of results: which entries lead, and what is shown next to them. */
import { describe, expect, it } from 'vitest';
import { type Entry, resultTable } from './result-table.ts';

const columns = { title: 'Routes', entry: 'route', figures: ['flights'] };
const entry = (name: string, rank: number): Entry => ({ name, rank, figures: [String(rank)] });

describe('the table of a result', () => {
  it('has the leaders of the projection beside the same entries of the plain loop', () => {
    const projected = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => entry(name, index));
    const plain = ['f', 'e', 'd', 'c', 'b', 'a'].map((name) => entry(name, 9));
    expect(resultTable(columns, projected, plain)).toEqual({
      title: 'Routes, 5 of 6',
      header: ['route', 'flights', 'plain loop'],
      rows: [
        ['f', '5', '9'],
        ['e', '4', '9'],
        ['d', '3', '9'],
        ['c', '2', '9'],
        ['b', '1', '9'],
      ],
    });
  });

  it('puts entries of the same rank in the order of their names', () => {
    const { rows } = resultTable(columns, [entry('b', 1), entry('c', 1), entry('a', 1)], []);
    expect(rows.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  });

  it('shows where the plain loop has no such entry', () => {
    expect(resultTable(columns, [entry('a', 1)], []).rows).toEqual([['a', '1', '-']]);
  });
});
