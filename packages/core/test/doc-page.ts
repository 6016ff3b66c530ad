/** Pages of the documentation, for tests that compare them with the code: tables, code blocks, plain cells. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The cells by column, without the backticks around code. */
export type TableRow = Readonly<Record<string, string>>;

export class DocPage {
  readonly text: string;
  private readonly sections = new Map<string, string[]>();

  /** `name`: the path of the page in the folder `docs`. */
  constructor(name: string) {
    this.text = readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8');
    let heading = '';
    let inCode = false;
    for (const line of this.text.split('\n')) {
      if (line.startsWith('```')) inCode = !inCode;
      const found = inCode ? undefined : /^#+ (.*)$/.exec(line)?.[1];
      heading = found ?? heading;
      this.sections.set(heading, [...(this.sections.get(heading) ?? []), line]);
    }
  }

  /** The rows of the n-th table (from 0) under a heading. */
  table(heading: string, number = 0): TableRow[] {
    const lines = this.linesOf(heading);
    const table = tablesIn(lines)[number];
    if (table === undefined) throw new Error(`There is no table ${number} under "${heading}"`);
    return table;
  }

  /** The rows of all tables of the page that have this column. */
  rowsOfTablesWith(column: string): TableRow[] {
    return tablesIn(this.text.split('\n'))
      .filter(([first]) => first !== undefined && column in first)
      .flat();
  }

  /** The contents of the code blocks under a heading. */
  codeBlocks(heading: string): string[] {
    const text = this.linesOf(heading).join('\n');
    return [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map((match) => match[1]!);
  }

  private linesOf(heading: string): string[] {
    const lines = this.sections.get(heading);
    if (lines === undefined) throw new Error(`There is no heading "${heading}"`);
    return lines;
  }
}

function tablesIn(lines: readonly string[]): TableRow[][] {
  const starts = [...lines.keys()].filter((index) => /^\| *[:-]+/.test(lines[index]!));
  return starts.map((start) => {
    const columns = cellsOf(lines[start - 1]!);
    const rows: TableRow[] = [];
    for (let index = start + 1; lines[index]?.startsWith('|') === true; index++) {
      const cells = cellsOf(lines[index]!);
      rows.push(Object.fromEntries(columns.map((column, place) => [column, cells[place] ?? ''])));
    }
    return rows;
  });
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\|', '|'));
}
