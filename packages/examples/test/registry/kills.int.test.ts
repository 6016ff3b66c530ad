/**
 * The registry is killed with SIGKILL at random moments while operators give orders, again and again on the same store:
 * every answered order is there afterwards, and the page shows what a plain fold of the journal gives.
 * `VARVE_KILL_ROUNDS=30` runs the long form; `VARVE_SEED` chooses other moments.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadOnlyEventStore } from '@varve/core';
import { SeededRandom } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { RegistryProcess } from './registry-process.ts';

const rounds = Number(process.env['VARVE_KILL_ROUNDS'] ?? 3);
const seed = Number(process.env['VARVE_SEED'] ?? 1);

/** What the page shows of a unit, except its last sighting. */
type Row = readonly [designation: string, status: string, sightings: number];

/** The orders given, and those answered, as lines such as `sight N1`. */
interface Given {
  readonly asked: string[];
  readonly answered: string[];
}

/** Gives orders as an operator, until the registry no longer answers. */
async function giveOrders(url: string, random: SeededRandom, given: Given, operator: string): Promise<void> {
  for (let n = 0; ; n++) {
    const unit = `${operator}${n}`;
    const target = random.pick([unit, `${operator}${random.below(n + 1)}`]);
    const orders = { spawn: { designation: unit }, sight: { target }, retire: { target } };
    for (const order of ['spawn', 'sight', 'retire'] as const) {
      const line = `${order} ${order === 'spawn' ? unit : target}`;
      given.asked.push(line);
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify(orders[order]);
      const answer = await fetch(`${url}/${order}`, { method: 'POST', headers, body }).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(204);
      given.answered.push(line);
    }
  }
}

interface JournaledCommand {
  readonly command: string;
  readonly argument: unknown;
}

/** Folds the journal to the registry without the code of the registry. Throws when a command in the journal breaks a rule. */
async function foldJournal(directory: string): Promise<{ rows: Row[]; lines: string[] }> {
  await using store = await ReadOnlyEventStore.open('registry', { storageDirectory: directory });
  const units = new Map<string, { status: string; sightings: number }>();
  const lines: string[] = [];
  const spawn = ({ designation }: { designation: string }): void => {
    if (units.has(designation)) throw new Error(`${designation} was registered twice`);
    units.set(designation, { status: 'AT-LARGE', sightings: 0 });
  };
  for (const { command, argument } of store.getEventStream<JournaledCommand>('prevalence-registry').events) {
    if (command === 'seed') for (const report of argument as { designation: string }[]) spawn(report);
    else if (command === 'spawn') spawn(argument as { designation: string });
    else if (command === 'sight') units.get(argument as string)!.sightings++;
    else {
      const unit = units.get(argument as string)!;
      if (unit.status === 'RETIRED') throw new Error(`${String(argument)} was retired twice`);
      unit.status = 'RETIRED';
    }
    lines.push(
      `${command} ${command === 'spawn' ? (argument as { designation: string }).designation : String(argument)}`,
    );
  }
  return { rows: Array.from(units, ([name, { status, sightings }]) => [name, status, sightings] as const), lines };
}

async function rowsShown(url: string): Promise<Row[]> {
  const page = await (await fetch(url)).text();
  return [...page.matchAll(/<tr class="[^"]*">(.*?)<\/tr>/gs)].map(([, row]) => {
    const cells = [...row!.matchAll(/<td>(.*?)<\/td>/gs)].map(([, cell]) => cell!.trim());
    return [cells[0]!, cells[4]!, Number(cells[5])];
  });
}

const countOf = (lines: readonly string[], line: string): number => lines.filter((each) => each === line).length;

it(
  `has what was answered after ${rounds} rounds of SIGKILL (seed ${seed})`,
  { timeout: 30_000 + rounds * 10_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'registry-kills-'));
    const random = new SeededRandom(seed);
    const given: Given = { asked: [], answered: [] };
    try {
      for (let round = 0; round < rounds; round++) {
        await using registry = new RegistryProcess(directory, ['--delay', '0']);
        const url = await registry.url;
        const operators = ['a', 'b', 'c'].map((name) => giveOrders(url, random, given, `${name}${round}-`));
        await new Promise((resolve) => setTimeout(resolve, random.between(0, 400)));
        expect(await registry.stop('SIGKILL')).toBe('SIGKILL');
        await Promise.all(operators);

        const { lines } = await foldJournal(directory);
        for (const line of new Set(given.asked)) {
          const found = countOf(lines, line);
          const answered = countOf(given.answered, line);
          // A unit is retired once, however many orders to retire it were given and answered.
          const least = line.startsWith('retire') ? Math.min(1, answered) : answered;
          const isRight = found >= least && found <= countOf(given.asked, line);
          expect({ line, found, isRight }).toEqual({ line, found, isRight: true });
        }
        await using next = new RegistryProcess(directory);
        const nextUrl = await next.url;
        // A command that was written but that the head did not publish yet is visible only to the next writer.
        const recovered = await foldJournal(directory);
        expect(recovered.lines.slice(0, lines.length)).toEqual(lines);
        expect(await rowsShown(nextUrl)).toEqual(recovered.rows);
      }
      console.log(
        `Registry, ${rounds} kills from seed ${seed}: ${given.answered.length} of ${given.asked.length} orders answered.`,
      );
      expect(given.answered.length).toBeGreaterThan(rounds);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
