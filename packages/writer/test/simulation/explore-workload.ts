/** One task of exploring crash states: records a workload from a seed, and crashes it at all its moments. Runs in a thread, too. */
import { SeededRandom } from '@varve/core/testing';
import { CrashCounts, explore } from './crash-explorer.ts';
import { allCrashWorkloads } from './crash-workloads.ts';

export interface ExploreTask {
  /** Name of the workload. */
  readonly workload: string;
  readonly seed: number;
}

const randomStates = 8;
const deepEvery = 400;

/** Rejects, with the seed, the workload and the moment, when a state is wrong. */
export async function exploreWorkload({ workload, seed }: ExploreTask): Promise<CrashCounts> {
  const { record } = allCrashWorkloads.find(({ name }) => name === workload)!;
  const counts = new CrashCounts();
  try {
    const run = await record(new SeededRandom(seed));
    await explore(run, { seed, randomStates, deepEvery }, counts);
  } catch (error) {
    throw new Error(`${workload}, seed ${seed}: ${String(error)}`, { cause: error });
  }
  return counts;
}
