/**
 * The table of docs/mutations.md: what each line guards, and which test failed without it. Rows of lines that this run
 * did not try stay as they are; those of lines that no longer exist are removed.
 */
import type { Mutation } from './mutation.ts';

export const tableStart = '<!-- The table is made by `npm run mutations -w @varve/mutations -- --publish`. -->';

/** The result of removing a line: the path and the name of a test that failed, or undefined when none did. */
export interface Row {
  readonly name: string;
  readonly promise: string;
  readonly file: string;
  readonly failed: string | undefined;
}

export function rowOf({ name, promise, file }: Mutation, failed: string | undefined): Row {
  return { name, promise, file, failed };
}

const header = ['Without it', 'does not hold', 'in', 'the test that fails'];

export function tableOf(rows: readonly Row[]): string {
  return [header, header.map(() => '---'), ...rows.map(cellsOf)].map(lineOf).join('\n');
}

export function lineOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function cellsOf({ name, promise, file, failed }: Row): string[] {
  return [name, promise, `\`${file}\``, failed ?? '**none**'];
}

/** The rows of the page. */
export function rowsIn(page: string): Row[] {
  const [, , , ...lines] = page.slice(startIn(page)).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [, name = '', promise = '', file = '', failed = ''] = line
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'));
    return { name, promise, file: file.replaceAll('`', ''), failed: failed === '**none**' ? undefined : failed };
  });
}

/** The page with these rows in place of the old ones, in the order of `mutations`. */
export function updated(page: string, mutations: readonly Mutation[], rows: readonly Row[]): string {
  const known = new Map([...rowsIn(page), ...rows].map((row) => [row.name, row]));
  const all = mutations.flatMap(({ name }) => known.get(name) ?? []);
  return `${page.slice(0, startIn(page))}${tableStart}\n\n${tableOf(all)}\n`;
}

function startIn(page: string): number {
  const at = page.indexOf(tableStart);
  if (at < 0) throw new Error(`The page has no place for the table: ${tableStart}`);
  return at;
}
