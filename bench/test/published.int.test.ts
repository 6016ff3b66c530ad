/** The checked-in pages of a run are exactly what its rows produce: no figure was changed by hand. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tableIn } from '../src/publish/marked-tables.ts';
import { formatted } from '../src/publish/page-file.ts';
import { benchmarksPage, readmeTable } from '../src/publish/pages.ts';
import type { Published } from '../src/publish/published.ts';

const root = join(import.meta.dirname, '../..');
const published = JSON.parse(readFileSync(join(root, 'docs/benchmarks.json'), 'utf8')) as Published;

it('has the table of the run in the README', async () => {
  const path = join(root, 'README.md');
  expect(tableIn(readFileSync(path, 'utf8'), 'reference')).toBe((await formatted(path, readmeTable(published))).trim());
});

it('has all its rows on the page, with their charts', async () => {
  const path = join(root, 'docs/benchmarks.md');
  const page = readFileSync(path, 'utf8');
  expect(page).toBe(await formatted(path, benchmarksPage(published)));
  const charts = [...page.matchAll(/\]\((charts\/[^)]*)\)/g)].map(([, chart]) => chart!);
  expect(charts.length).toBeGreaterThan(10);
  expect(charts.filter((chart) => !existsSync(join(root, 'docs', chart)))).toEqual([]);
});
