/**
 * Random commands against a plain model: commits of every kind, conflicts, conditions, ids, derived and closed streams, reads,
 * joins, queries, reopening, kills, power cuts, and a reader that polls. `VARVE_LONG=50` makes fifty times as many runs;
 * `VARVE_SEED=<seed>` repeats one.
 */
import { describe, expect, it } from 'vitest';
import { ModelRun } from './model/model-run.ts';

const effort = Number(process.env['VARVE_LONG'] ?? 1);
const first = Number(process.env['VARVE_SEED'] ?? 1);
const count = process.env['VARVE_SEED'] === undefined ? 120 * effort : 1;

describe('a store and its model', () => {
  it(
    `agree after any commands (seeds ${first} to ${first + count - 1})`,
    async () => {
      for (let seed = first; seed < first + count; seed++) {
        const run = new ModelRun(seed);
        try {
          await run.run(60);
        } catch (error) {
          throw new Error(`Seed ${seed}, after ${run.log.slice(-20).join('; ')}: ${String(error)}`, { cause: error });
        }
      }
      expect(count).toBeGreaterThan(0);
    },
    60_000 * effort,
  );
});
