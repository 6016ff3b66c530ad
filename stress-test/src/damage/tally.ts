/** Counts the outcomes of damage, and prints them as a table: kind of file and who read it by outcome. */
import type { Examination, Verdict } from './examine.ts';

const verdicts: readonly Verdict[] = ['right', 'rebuilt', 'behind', 'error', 'refused'];

/** The counts; they can be sent from one thread to another. */
export interface Counts {
  /** By kind of file and who read it. */
  readonly rows: Map<string, Record<Verdict, number>>;
  /** By the name of the damage. */
  readonly damages: Map<string, number>;
  /** Stores that were opened, by readers and writers. */
  opened: number;
  errors: number;
  /** Errors that name the file that was damaged. */
  named: number;
}

export class Tally {
  readonly counts: Counts = { rows: new Map(), damages: new Map(), opened: 0, errors: 0, named: 0 };

  /** How often a file was damaged. */
  get damages(): number {
    return [...this.counts.damages.values()].reduce((sum, count) => sum + count, 0);
  }

  addDamage(name: string): void {
    const { damages } = this.counts;
    damages.set(name, (damages.get(name) ?? 0) + 1);
  }

  add(kind: string, who: 'reader' | 'writer', { verdict, error }: Examination, path: string): void {
    const { counts } = this;
    this.rowOf(`${kind} | ${who}`)[verdict]++;
    counts.opened++;
    if (error === undefined) return;
    counts.errors++;
    if (error.path === path) counts.named++;
  }

  /** Adds the counts of another tally. */
  take({ rows, damages, opened, errors, named }: Counts): void {
    const { counts } = this;
    for (const [key, row] of rows) {
      const own = this.rowOf(key);
      for (const verdict of verdicts) own[verdict] += row[verdict];
    }
    for (const [name, count] of damages) counts.damages.set(name, (counts.damages.get(name) ?? 0) + count);
    counts.opened += opened;
    counts.errors += errors;
    counts.named += named;
  }

  toString(): string {
    const { rows, damages, opened, errors, named } = this.counts;
    const lines = [...rows]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, row]) => {
        const [kind, who] = key.split(' | ') as [string, string];
        return tableRow(
          kind,
          who,
          verdicts.map((verdict) => String(row[verdict])),
        );
      });
    const rule = `| ${'-'.repeat(19)} | ${'-'.repeat(7)} ${verdicts.map(() => '| ------: ').join('')}|`;
    const done = [...damages].map(([name, count]) => `${name} ${count}`).join(', ');
    return [
      tableRow('file', 'read by', verdicts),
      rule,
      ...lines,
      `${this.damages} damages: ${done}.`,
      `${opened} stores were opened; none was wrong. Of ${errors} errors, ${named} name the damaged file.`,
    ].join('\n');
  }

  private rowOf(key: string): Record<Verdict, number> {
    const { rows } = this.counts;
    let row = rows.get(key);
    if (row === undefined) rows.set(key, (row = { right: 0, rebuilt: 0, behind: 0, error: 0, refused: 0 }));
    return row;
  }
}

function tableRow(kind: string, who: string, cells: readonly string[]): string {
  return `| ${kind.padEnd(19)} | ${who.padEnd(7)} | ${cells.map((cell) => cell.padStart(7)).join(' | ')} |`;
}
