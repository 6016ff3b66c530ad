/** The rows as text for a terminal. */
import type { Entry, Row } from './rows.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

function formatNumber(value: number): string {
  return (value < 100 ? precise : whole).format(value);
}

export function formatRows(rows: readonly Row[], baselineName: string): string {
  const entries = rows.flatMap((row) => row.entries);
  const titleWidth = Math.max(
    ...rows.map((row) => headingOf(row).length),
    ...entries.map(({ title }) => title.length + 2),
  );
  const headings = ['median', 'spread', `to ${baselineName}`, 'to the best'];
  let scenario = '';
  const blocks = rows.flatMap((row) => {
    const opening = row.scenario === scenario ? [] : [`== ${row.scenario}\n`];
    scenario = row.scenario;
    const lines = row.entries.map((entry) => line(`  ${entry.title}`, cells(entry), titleWidth));
    return [...opening, `${[line(headingOf(row), headings, titleWidth), ...lines].join('\n')}\n`];
  });
  return blocks.join('\n');
}

function headingOf({ title, unit, better }: Row): string {
  return `${title}, ${unit}${better === 'less' ? ' (less is better)' : ''}`;
}

function cells({ kind, median, spread, toBaseline, toBest }: Entry): string[] {
  const isBest = kind === 'store' && toBest === 1;
  return [formatNumber(median), `±${whole.format(spread * 100)} %`, ratio(toBaseline), isBest ? 'best' : ratio(toBest)];
}

function ratio(value: number | undefined): string {
  return value === undefined ? '-' : `x ${value.toFixed(2)}`;
}

function line(title: string, columns: readonly string[], titleWidth: number): string {
  return title.padEnd(titleWidth) + columns.map((column, index) => column.padStart(index < 2 ? 12 : 18)).join('');
}
