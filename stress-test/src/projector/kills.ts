/**
 * Kills projector workers and supervisors at random moments, while a writer keeps committing, and compares the final states of
 * the projections with a plain loop over the events: `KILLS=500 SEED=7 node dist/projector/kills.js`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readDeadLetters, readProjectionState } from '@varve/projector';
import { EventStore } from '@varve/writer';
import { type Added, eventNumber, isPoison } from './account-events.ts';
import { projection as balances } from './projections/balances.ts';
import { projection as tolerant } from './projections/tolerant.ts';
import { projection as totals } from './projections/totals.ts';
import { seededRandom } from './seeded-random.ts';
import { isAlive, SupervisorProcess } from './supervisor-process.ts';

const kills = Number(process.env['KILLS'] ?? 500);
const seed = Number(process.env['SEED'] ?? Math.floor(performance.timeOrigin % 1e9));
const random = seededRandom(seed);
const patienceMs = 30_000;

const storageDirectory = mkdtempSync(join(tmpdir(), 'projector-kills-'));
const store = await EventStore.open('kills', { storageDirectory });
const events: Added[] = [];
const problems: string[] = [];
let last = 0;
let supervisor = new SupervisorProcess(storageDirectory);
let supervisorKills = 0;

for (let kill = 0; kill < kills; kill++) {
  await commit(50 + Math.floor(random() * 400));
  await wait(random() * 150);
  const pids = await supervisor.workers();
  if (random() < 0.2) {
    supervisorKills++;
    supervisor.kill();
    // Each worker must notice by itself, and nobody is there to help.
    const areGone = await until(() => !pids.some(isAlive));
    if (!areGone) problems.push(`workers ${pids.join(', ')} outlived their supervisor`);
    supervisor = new SupervisorProcess(storageDirectory);
  } else {
    const victim = pids[Math.floor(random() * pids.length)]!;
    if (isAlive(victim)) process.kill(victim, 'SIGKILL');
  }
}
await commit(100);
const place = { storageDirectory, store: 'kills' };
const haveCaughtUp = await until(() => positions().every((position) => position === last));
if (!haveCaughtUp) problems.push('the projections do not catch up');
compare('totals', readProjectionState(totals, place).state, { count: events.length, sum: sumOf(events) });
compare('tolerant', readProjectionState(tolerant, place).state, sumOf(events.filter((event) => !isPoison(event))));
compare('dead letters', readDeadLetters(tolerant, place).length, events.filter(isPoison).length);
compare('balances', sorted(readProjectionState(balances, place).state), sorted(balancesOf(events)));
const exitCode = await supervisor.stop();
if (exitCode !== 0) problems.push(`the supervisor ended with exit code ${String(exitCode)}`);
await store.close();
rmSync(storageDirectory, { recursive: true });

const what = `${kills} kills, ${supervisorKills} of them of supervisors, ${events.length} events, SEED=${seed}`;
process.stdout.write(
  `${[...problems, `${what}: ${problems.length === 0 ? 'all states exact' : 'FAILED'}`].join('\n')}\n`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

async function commit(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const event = eventNumber(events.length);
    events.push(event);
    const commit = store.commit(event.account, event);
    last = commit.lastPosition;
    if (index === count - 1) await commit.flushed;
  }
}

/** Every event is handled by all three. */
function positions(): readonly number[] {
  return [
    readProjectionState(balances, place).position,
    readProjectionState(tolerant, place).position,
    readProjectionState(totals, place).position,
  ];
}

async function until(isSo: () => boolean): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 20) {
    if (isSo()) return true;
    await wait(20);
  }
  return false;
}

function sumOf(list: readonly Added[]): number {
  return list.reduce((sum, { amount }) => sum + amount, 0);
}

function balancesOf(list: readonly Added[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { account, amount } of list) sums[account] = (sums[account] ?? 0) + amount;
  return sums;
}

function sorted(record: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
}

function compare(name: string, found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) problems.push(`${name}: ${left} instead of ${right}`);
}
