import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated } from '../src/mutated.ts';
import { mutations } from '../src/mutations.ts';

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

it('says what is not there once', () => {
  const mutation = { name: 'a', promise: 'b', file: 'c.ts', edits: [{ from: 'x', to: '' }], tests: [] };
  expect(() => mutated('xx', mutation)).toThrow(/c\.ts has 2 times, not once/);
  expect(() => mutated('y', mutation)).toThrow(/has 0 times/);
});
