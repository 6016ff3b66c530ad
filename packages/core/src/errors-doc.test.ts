/** Compares docs/errors.md with the catalogue of errors. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DocPage } from '../test/doc-page.ts';
import { errorCodes, VarveError } from './errors.ts';
import * as core from './index.ts';

const page = new DocPage('errors.md');

describe('docs/errors.md', () => {
  const rows = page.rowsOfTablesWith('what to do');

  it('lists every code once, with the situation that the catalogue gives, and no others', () => {
    expect(rows).toHaveLength(Object.keys(errorCodes).length);
    const plain = (text: string): string => text.replaceAll('`', '');
    const expected = Object.entries(errorCodes).map(([code, when]) => [code, plain(when)]);
    expect(Object.fromEntries(rows.map((row) => [row.code, row.when]))).toEqual(Object.fromEntries(expected));
  });

  it('says what to do about each', () => {
    for (const row of rows) expect(row['what to do']).toMatch(/^.{20,}[.!`]$/);
  });

  it('names the properties of an error, and no others', () => {
    const all = { hint: 'x', path: 'x', offset: 1, position: 1, stream: 'x', expected: 1, found: 1 };
    const error = new VarveError('CORRUPTION', 'text', { ...all, cause: new Error('the cause') });
    const documented = page.table('What an error carries').map((row) => row.property);
    expect(new Set(documented)).toEqual(
      new Set([...Object.getOwnPropertyNames(error)].filter((name) => name !== 'stack')),
    );
  });

  it('shows of an error that is printed what was given, and no empty properties', () => {
    expect(inspect(new VarveError('CORRUPTION', 'text', { path: 'x' }))).not.toContain('undefined');
  });

  it('names the classes of this package, and no others', () => {
    const classes = Object.entries(core).filter(([, value]) => isErrorClass(value) && value !== VarveError);
    const rowsOfCore = page.table('What an error carries', 1).filter((row) => row.package === '@varve/core');
    expect(new Set(rowsOfCore.map((row) => row.class))).toEqual(new Set(classes.map(([name]) => name)));
    expect(page.table('What an error carries', 1).every(({ code }) => Object.hasOwn(errorCodes, code ?? ''))).toBe(
      true,
    );
  });
});

function isErrorClass(value: unknown): boolean {
  return typeof value === 'function' && (value === VarveError || value.prototype instanceof VarveError);
}
