/**
 * Puts the leaders of a result next to the same entries of the plain loop. An entry has a name and a few figures: an
 * airport, a route, a day.
 */
import type { TextTable } from '../display/text-table.ts';

export interface Entry {
  readonly name: string;
  /** Entries with a higher rank come first. */
  readonly rank: number;
  /** The figures as shown, in the order of the columns. */
  readonly figures: readonly string[];
}

export interface ResultColumns {
  readonly title: string;
  /** What an entry is, for the header. */
  readonly entry: string;
  readonly figures: readonly string[];
}

export const shownEntries = 5;
const missing = '-';

export function resultTable(columns: ResultColumns, projected: readonly Entry[], plain: readonly Entry[]): TextTable {
  const leaders = byRank(projected).slice(0, shownEntries);
  const plainByName = new Map(plain.map((entry) => [entry.name, entry]));
  return {
    title: `${columns.title}, ${leaders.length} of ${projected.length}`,
    header: [columns.entry, ...columns.figures.flatMap((figure) => [figure, 'plain loop'])],
    rows: leaders.map(({ name, figures }) => [
      name,
      ...figures.flatMap((figure, index) => [figure, plainByName.get(name)?.figures[index] ?? missing]),
    ]),
  };
}

/** Entries of the same rank are sorted by name, so that the table is always the same. */
function byRank(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((left, right) => right.rank - left.rank || (left.name < right.name ? -1 : 1));
}
