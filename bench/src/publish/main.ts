/**
 * Publishes runs of the bench: the table of the README, the page of all rows, and a chart per row. Build, then run
 * `node bench/dist/publish/main.js <results.json>...`, with the results files of runs, newest first. An older run
 * contributes the scenarios that no newer run measured, and the page says which run they are from. What was published
 * before (`docs/benchmarks.json`) may be the last file. The output is checked in, together with the rows it was made
 * from.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { growthOf } from '../report/growth.ts';
import { barChart, growthChart } from './charts.ts';
import { root, writePage } from './page-file.ts';
import { withTable } from './marked-tables.ts';
import { benchmarksPage, readmeTable } from './pages.ts';
import { combined, type Published } from './published.ts';

const charts = join(root, 'docs/charts');

const [newest, ...others] = process.argv.slice(2).map((input) => JSON.parse(readFileSync(input, 'utf8')) as Published);
if (newest === undefined) throw new Error('Usage: node bench/dist/publish/main.js <results.json>...');
const published = combined([newest, ...others]);
const { scenarios, rows } = published;

mkdirSync(charts, { recursive: true });
for (const name of readdirSync(charts)) rmSync(join(charts, name));
for (const row of rows.filter(({ scenario }) => scenario === 'reference')) {
  writeFileSync(join(charts, `${row.name}.svg`), barChart(row));
}
for (const name of ['append', 'scan']) {
  const growths = growthOf(rows, scenarios).filter(({ row }) => row === name);
  if (growths.length > 0) writeFileSync(join(charts, `growth-${name}.svg`), growthChart(growths));
}
await writePage('docs/benchmarks.json', () => JSON.stringify(published));
await writePage('docs/benchmarks.md', () => benchmarksPage(published));
await writePage('README.md', (page) => withTable(page, 'reference', readmeTable(published)));
