/** The short form of the crash states, as tests: each workload is recorded with seeds until it has its share of states. */
import { afterAll, describe, expect, it } from 'vitest';
import { CrashCounts } from './crash-explorer.ts';
import { allCrashWorkloads, type CrashWorkload } from './crash-workloads.ts';
import { exploreWorkload } from './explore-workload.ts';

const firstSeed = Number(process.env['VARVE_SEED'] ?? 1);
/** The least number for all workloads together. Each of them completes its last seed: with this, more than half a million are made. */
const states = Number(process.env['VARVE_CRASH_STATES'] ?? 300_000);
const share = states / allCrashWorkloads.length;

export function describeCrashStates(what: string, workloads: readonly CrashWorkload[]): void {
  describe(`crash states of ${what} (seed ${firstSeed})`, () => {
    const total = new CrashCounts();
    afterAll(() => console.log(`Crash states of ${what} from seed ${firstSeed}: ${String(total)}.`));

    it.each(workloads.map(({ name }) => name))('%s', { timeout: Math.max(120_000, states) }, async (workload) => {
      const counts = new CrashCounts();
      for (let seed = firstSeed; counts.states < share; seed++) counts.add(await exploreWorkload({ workload, seed }));
      total.add(counts);
      expect(counts.distinct).toBeGreaterThan(0);
    });
  });
}
