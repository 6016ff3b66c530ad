/** Tables of text: widths, alignment, and incomplete rows. */
import { describe, expect, it } from 'vitest';
import { renderTable } from './text-table.ts';

describe('a table of text', () => {
  it('aligns names to the left and figures to the right, below their headings', () => {
    const lines = renderTable({
      title: 'Airports',
      header: ['airport', 'departures', 'delay'],
      rows: [
        ['ORD', '1,095', '7.5 min'],
        ['a long name', '2', '-10.5 min'],
      ],
    });
    expect(lines).toEqual([
      'Airports',
      'airport      departures      delay',
      'ORD               1,095    7.5 min',
      'a long name           2  -10.5 min',
    ]);
  });

  it('leaves a cell empty that a row does not have, and no blanks at the end of a line', () => {
    const lines = renderTable({ title: 'T', header: ['name', 'figure'], rows: [['a']] });
    expect(lines).toEqual(['T', 'name  figure', 'a']);
  });

  it('has its headings even without rows', () => {
    expect(renderTable({ title: 'T', header: ['name', 'figure'], rows: [] })).toEqual(['T', 'name  figure']);
  });
});
