import type { Results } from '../report/results-file.ts';

/** The part of a run that is checked in: the rows, and what a reader must know about their origin. */
export interface Published extends Pick<Results, 'startedAt' | 'environment' | 'scenarios' | 'rows'> {
  /** Earlier runs, with scenarios that this one did not measure again. */
  readonly earlier?: readonly EarlierRun[];
}

export interface EarlierRun extends Pick<Results, 'startedAt' | 'environment'> {
  /** The names of the scenarios. */
  readonly scenarios: readonly string[];
}

/** The newest run, plus the scenarios of each earlier run that no newer one measured. Newest first. */
export function combined(runs: readonly [Published, ...Published[]]): Published {
  const [{ startedAt, environment }] = runs;
  const [scenarios, rows, earlier] = [[...runs[0].scenarios], [...runs[0].rows], [...(runs[0].earlier ?? [])]];
  for (const run of runs.slice(1)) {
    const missing = run.scenarios.filter(({ name }) => !scenarios.some((measured) => measured.name === name));
    const names = missing.map(({ name }) => name);
    scenarios.push(...missing);
    rows.push(...run.rows.filter(({ scenario }) => names.includes(scenario)));
    earlier.push(...originsOf(run, names));
  }
  return { startedAt, environment, scenarios, rows, ...(earlier.length > 0 && { earlier }) };
}

function originsOf({ startedAt, environment, earlier = [] }: Published, names: readonly string[]): EarlierRun[] {
  const older = earlier.map((run) => ({ ...run, scenarios: run.scenarios.filter((name) => names.includes(name)) }));
  const own = names.filter((name) => !older.some(({ scenarios }) => scenarios.includes(name)));
  return [{ startedAt, environment, scenarios: own }, ...older].filter(({ scenarios }) => scenarios.length > 0);
}
