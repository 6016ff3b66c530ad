/**
 * Publishes runs of the bench: the table of the README, the page of all rows, and a chart a row. Build, then run
 * `node bench/dist/publish/main.js <results.json>...`, with the files of runs, the newest first; of each, what the newer ones did
 * not measure is taken, and said to be of then. What was published before (`docs/benchmarks.json`) may be the last of them. What
 * it makes is checked in, with the rows that it was made of.
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
