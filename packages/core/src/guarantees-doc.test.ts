/** The proofs that docs/guarantees.md and SECURITY.md name exist: test files, and programs with their commands. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

describe.each(['docs/guarantees.md', 'SECURITY.md'])('%s', (page) => {
  const text = textOf(page);

  it('names files that are there', () => {
    const paths = [...text.matchAll(/`((?:packages|stress-test|tools|\.github)\/[^\s`]+\.\w+)`/g)].map(
      ([, path]) => path!,
    );
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('links to pages that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => join(page, '..', link!));
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });
});

it('docs/guarantees.md names programs of the stress test, and tests that match', () => {
  const text = textOf('docs/guarantees.md');
  const { scripts } = JSON.parse(textOf('stress-test/package.json')) as { scripts: Record<string, string> };
  const programs = [...text.matchAll(/npm run ([\w-]+) -w @varve\/stress-test/g)].map(([, name]) => name!);
  expect(programs.length).toBeGreaterThan(3);
  expect(programs.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  const patterns = [...text.matchAll(/vitest --config vitest\.config\.ts ([\w/.-]+)`/g)].map(([, pattern]) => pattern!);
  expect(
    patterns.filter((pattern) => !text.includes(`packages/writer/${pattern}`) && !text.includes(`test/${pattern}`)),
  ).toEqual([]);
});
