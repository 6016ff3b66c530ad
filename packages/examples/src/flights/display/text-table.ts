/** A table as lines of text: the first column is left-aligned, for names; the others are right-aligned, for numbers. */

export interface TextTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const gap = '  ';

export function renderTable({ title, header, rows }: TextTable): string[] {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(gap)
      .trimEnd();
  return [title, line(header), ...rows.map(line)];
}
