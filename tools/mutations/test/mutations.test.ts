import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated } from '../src/mutated.ts';
import { mutations } from '../src/mutations.ts';
import { rowOf, rowsIn, tableOf, tableStart, updated } from '../src/table.ts';

const root = join(import.meta.dirname, '../../..');

describe.each(mutations.map((mutation) => [mutation.name, mutation] as const))('%s', (_, mutation) => {
  it('takes a line out that is there, once', () => {
    const source = readFileSync(join(root, mutation.file), 'utf8');
    expect(mutated(source, mutation)).not.toBe(source);
  });

  it('names tests that exist', () => {
    expect(mutation.tests.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

it('gives each mutation a name of its own', () => {
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
});

describe('docs/mutations.md', () => {
  const rows = rowsIn(readFileSync(join(root, 'docs/mutations.md'), 'utf8'));

  it('has a row for each line, and for no other, that says what it guards', () => {
    const facts = rows.map(({ name, promise, file }) => ({ name, promise, file }));
    expect(facts).toEqual(mutations.map(({ name, promise, file }) => ({ name, promise, file })));
  });

  it.each(rows.map((row) => [row.name, row] as const))('names a test that noticed: %s', (name, { failed }) => {
    expect(failed).toBeDefined();
    const { tests } = mutations.find((mutation) => mutation.name === name)!;
    const path = tests.find((test) => failed!.startsWith(`${test}: `));
    expect(path, `${String(failed)} is none of ${tests.join(', ')}`).toBeDefined();
    const [title = ''] = failed!.slice(path!.length + 2).split(' ');
    expect(readFileSync(join(root, path!), 'utf8')).toContain(title);
  });
});

it('keeps rows of lines that were not tried, in the order of the lines, and drops those of lines that are gone', () => {
  const [first, second, third] = mutations as [(typeof mutations)[0], (typeof mutations)[0], (typeof mutations)[0]];
  const page = updated(`# A page\n\n${tableStart}\n`, [first, third], [rowOf(third, 'c | d'), rowOf(first, undefined)]);
  expect(rowsIn(page)).toEqual([rowOf(first, undefined), rowOf(third, 'c | d')]);
  const next = updated(page, [second, third], [rowOf(second, 'x')]);
  expect(rowsIn(next)).toEqual([rowOf(second, 'x'), rowOf(third, 'c | d')]);
  expect(next).toContain(tableOf([rowOf(second, 'x'), rowOf(third, 'c | d')]));
});

it('says what is not there once', () => {
  const mutation = { name: 'a', promise: 'b', file: 'c.ts', edits: [{ from: 'x', to: '' }], tests: [] };
  expect(() => mutated('xx', mutation)).toThrow(/c\.ts has 2 times, not once/);
  expect(() => mutated('y', mutation)).toThrow(/has 0 times/);
});
