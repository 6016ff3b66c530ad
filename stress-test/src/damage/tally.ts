/** Counts what came of damage, and prints it as a table: kind of file by who read it and what came. */
import type { Examination, Verdict } from './examine.ts';

const verdicts: readonly Verdict[] = ['right', 'rebuilt', 'behind', 'error', 'refused'];

export class Tally {
  private readonly rows = new Map<string, Record<Verdict, number>>();
  private readonly mutations = new Map<string, number>();
  private cases = 0;
  private named = 0;
  private errors = 0;

  /** Stores that were opened, by readers and writers. */
  get count(): number {
    return this.cases;
  }

  add(kind: string, who: 'reader' | 'writer', { verdict, error }: Examination, path: string): void {
    const key = `${kind} | ${who}`;
    const row = this.rows.get(key) ?? { right: 0, rebuilt: 0, behind: 0, error: 0, refused: 0 };
    row[verdict]++;
    this.rows.set(key, row);
    this.cases++;
    if (error === undefined) return;
    this.errors++;
    if (error.path === path) this.named++;
  }

  addMutation(name: string): void {
    this.mutations.set(name, (this.mutations.get(name) ?? 0) + 1);
  }

  toString(): string {
    const lines = [...this.rows]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, row]) => {
        return `| ${key.padEnd(27)} | ${verdicts.map((verdict) => String(row[verdict]).padStart(7)).join(' | ')} |`;
      });
    const header = `| ${'file                | read by'.padEnd(27)} | ${verdicts.map((verdict) => verdict.padStart(7)).join(' | ')} |`;
    const rule = `| ${'-'.repeat(19)} | ${'-'.repeat(7)} ${verdicts.map(() => '| ------: ').join('')}|`;
    const used = [...this.mutations].map(([name, count]) => `${name} ${count}`).join(', ');
    return [
      header,
      rule,
      ...lines.map((line) =>
        line.replace(/^\| ([^|]+) \| (\w+) *\|/, (_, kind: string, who: string) => {
          return `| ${kind.trim().padEnd(19)} | ${who.padEnd(7)} |`;
        }),
      ),
      `${this.cases} stores were opened; none was wrong. Of ${this.errors} errors, ${this.named} name the damaged file.`,
      ...(used === '' ? [] : [`Mutations: ${used}.`]),
    ].join('\n');
  }
}
