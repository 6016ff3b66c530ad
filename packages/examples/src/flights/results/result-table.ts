/**
 * Puts the leaders of a result beside the same entries by the plain loop. An entry is what has a name and a few
 * figures: an airport, a route, a day.
 */
import type { TextTable } from '../display/text-table.ts';

export interface Entry {
  readonly name: string;
  /** Entries with more of it come first. */
  readonly rank: number;
  /** The figures as they are shown, in the order of the columns. */
  readonly figures: readonly string[];
}

export interface ResultColumns {
  readonly title: string;
  /** What an entry is called. */
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

/** Entries of the same rank by name, so that the table is the same each time. */
function byRank(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((left, right) => right.rank - left.rank || (left.name < right.name ? -1 : 1));
}
