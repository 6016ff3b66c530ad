/**
 * Makes every call of a store at work fail, one at a time, once and from then on, in each of the scenarios of
 * `simulation/fault-scenarios.ts`, recovery among them: what was acknowledged is there when the fault is gone, every other
 * commit is there in whole or not at all; whatever is thrown is an error of Varve with a code and a path; nothing is left open,
 * locked or waiting. Lasting faults are tried at every fifth call; `VARVE_LONG=1` tries them at every one.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { faultScenarios, startOf } from './simulation/fault-scenarios.ts';
import { faultCases } from './simulation/faulty-run.ts';

const isThorough = process.env['VARVE_LONG'] !== undefined;

describe('with a fault at every call', () => {
  let runs = 0;
  let hits = 0;
  afterAll(() => console.log(`Calls that failed, in a run each: ${hits} in ${faultScenarios.length} scenarios.`));

  it.each(faultScenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    { timeout: 240_000 },
    async (_name, scenario) => {
      const begin = await startOf(scenario);
      const checked = new Map<string, number>();
      for (const faultCase of faultCases) {
        // A fault that lasts shows little that one at the call before did not.
        const step = faultCase.isLasting && !isThorough ? 5 : 1;
        for (let nth = 0, wasHit = true; wasHit; nth += step) {
          const run = begin.copy();
          try {
            await run.run(faultCase, nth, scenario.script);
            await run.check(run.disk.medium, run.flushed, checked);
            const powerCut = run.disk.medium.crashed(0, (file) => file.crashed(() => 'drop'));
            await run.check(powerCut, run.durable, checked);
          } catch (error) {
            const last = run.disk.calls.at(-1)!;
            throw new Error(`${faultCase.name}, call ${nth}: ${String(error)} ${JSON.stringify(last)}`, {
              cause: error,
            });
          }
          ({ wasHit } = run);
          hits += wasHit ? 1 : 0;
          runs++;
        }
      }
      expect(runs).toBeGreaterThan(hits);
    },
  );
});
