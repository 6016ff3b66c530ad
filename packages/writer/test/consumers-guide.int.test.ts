/** The examples of docs/consumers.md: what the page shows is what is in the file, and the file does what the page says. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const program = join(import.meta.dirname, 'guides/consumers.ts');

it('shows the regions of the example, in their order', () => {
  const source = readFileSync(program, 'utf8');
  const regions = [...source.matchAll(/^\/\/ #region [^\n]*\n(.*?)^\/\/ #endregion$/gms)].map(([, code]) => code);
  const page = readFileSync(join(import.meta.dirname, '../../../docs/consumers.md'), 'utf8');
  // The sinks belong to the projector, and so does the test of their examples.
  const sections = page.split(/^(?=## )/m).filter((section) => !section.startsWith('## Into a database\n'));
  const blocks = [...sections.join('').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(regions.length).toBeGreaterThan(5);
  expect(blocks).toEqual(regions);
});

it('does what the page says', () => {
  const output = execFileSync(process.execPath, [program], { cwd: temporaryDirectory(), encoding: 'utf8' });
  expect(output.trim().split('\n')).toEqual([
    '1 30',
    '3 20',
    'all handled up to 3',
    'letter about Deposited 1',
    'letter about Withdrawn 3',
    'Error: There are only 1.',
    '1',
    'account-1.balance stream',
    'account-1.letters stream',
    'account-2.guard stream',
  ]);
});
