/**
 * The long form of the crash states: explores workload after workload, seed after seed, on all cores, until it has seen as
 * many states as it was told. Ends with an error at the first state that is wrong, and says how to repeat it.
 *
 *     npm run crash-states -w @varve/stress-test -- --states 20000000 --seed 1
 */
import { fileURLToPath } from 'node:url';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '@varve/core';
import { Piscina } from 'piscina';
import { CrashCounts } from './crash-explorer.ts';
import { allCrashWorkloads } from './crash-workloads.ts';
import type { ExploreTask } from './explore-workload.ts';

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
    workload: { type: 'string' },
  },
});
const wanted = wholeNumber('states');
const firstSeed = wholeNumber('seed');
const threads = wholeNumber('threads');
const names = allCrashWorkloads.map(({ name }) => name).filter((name) => name === (values.workload ?? name));
if (names.length === 0) end(`There is no workload ${JSON.stringify(values.workload)}.`);

const pool = new Piscina<ExploreTask, CrashCounts>({
  filename: fileURLToPath(new URL('explore-workload.ts', import.meta.url)),
  maxThreads: threads,
});
const total = new CrashCounts();
const byWorkload = new Map(names.map((name) => [name, new CrashCounts()]));
const startedUs = systemClock.nowUs();
let next = 0;
let reportedS = 0;
console.log(`${wanted} crash states from seed ${firstSeed}, ${names.length} workloads, ${threads} threads`);
try {
  await Promise.all(Array.from({ length: threads }, work));
} catch (error) {
  end(error instanceof Error ? error.message : String(error));
}
for (const [name, counts] of byWorkload) console.log(`${name}: ${String(counts)}`);
report('All as they must be');
await pool.destroy();

/** Explores one task after another; when all workloads had a seed, the next seed follows. */
async function work(): Promise<void> {
  while (total.states < wanted) {
    const workload = names[next % names.length]!;
    const seed = firstSeed + Math.floor(next++ / names.length);
    const counts = await pool.run({ workload, seed }, { name: 'exploreWorkload' });
    total.add(counts);
    byWorkload.get(workload)!.add(counts);
    if (elapsedS() >= reportedS + 30) report('So far');
  }
}

function report(when: string): void {
  reportedS = elapsedS();
  const last = firstSeed + Math.floor((next - 1) / names.length);
  const rate = Math.round(total.states / Math.max(1, reportedS));
  console.log(`${when}, seeds ${firstSeed} to ${last}, ${Math.round(reportedS)} s, ${rate} states/s: ${String(total)}`);
}

function elapsedS(): number {
  return (systemClock.nowUs() - startedUs) / 1e6;
}

function wholeNumber(name: 'states' | 'seed' | 'threads'): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 1) end(`--${name} takes a whole number of 1 or more.`);
  return number;
}

function end(message: string): never {
  console.error(message);
  console.error("To repeat a failure: --workload '<its name>' --seed <its seed> --states 1");
  process.exit(1);
}
