/** The samples of docs/prevalence.md and of the package's README: what a page shows is in the file, and does what it says. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const pages: Readonly<Record<string, { readonly samples: readonly string[]; readonly output: readonly string[] }>> = {
  '../../../docs/prevalence.md': {
    samples: ['guide', 'migration', 'posts'],
    output: [
      'true',
      'false',
      '{ atLarge: 0, retired: 1 }',
      '1',
      'Error: No N7FAB00001 in the registry',
      expect.stringMatching(/^VarveError: There is an object with designation/),
      '4',
      '5 4',
      '4',
      '{ atLarge: 1, retired: 0 }',
      '{ atLarge: 0, retired: 1 }',
    ],
  },
};

it.each(Object.entries(pages))('%s shows its samples, which do what it says', (page, { samples, output }) => {
  const regions = samples.flatMap((sample) => {
    const source = readFileSync(join(import.meta.dirname, `samples/${sample}.ts`), 'utf8');
    return [...source.matchAll(/^\/\/ #region [^\n]*\n(.*?)^\/\/ #endregion[^\n]*$/gms)].map(([, code]) => code);
  });
  const text = readFileSync(join(import.meta.dirname, page), 'utf8');
  expect([...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)).toEqual(regions);
  const cwd = mkdtempSync(join(tmpdir(), 'varve-prevalence-docs-'));
  try {
    const program = join(import.meta.dirname, `samples/${samples[0]!}.ts`);
    expect(execFileSync(process.execPath, [program], { cwd, encoding: 'utf8' }).trim().split('\n')).toEqual(output);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
