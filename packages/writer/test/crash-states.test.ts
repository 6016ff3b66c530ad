/**
 * Power cuts at every operation of recorded workloads, with every fate of what was not synced: kept, dropped, torn at
 * a sector, zero-filled, names lost. `VARVE_LONG=20` explores twenty times as many random workloads and states;
 * `VARVE_SEED=<seed>` repeats a run.
 */
import { SeededRandom } from '@varve/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { CrashCounts, explore } from './simulation/crash-explorer.ts';
import { byType, randomWork, steadyWork, workAfterCrashes } from './simulation/workloads.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const effort = Number(process.env['VARVE_LONG'] ?? 1);
const timeoutMs = 60_000 * effort;

const variants: Readonly<Record<string, WriteOptions>> = {
  'one partition': {},
  'one partition in segments': { segmentBytes: 700 },
  'index runs': { eventsPerIndexRun: 3 },
  'a partition per stream': { partitioner: 'perStream' },
  'commits spread over partitions': { partitioner: byType },
  'JSON, synced on every flush': { syncOnFlush: true, serializer: 'json', segmentBytes: 700 },
};

describe(`crash states (seed ${seed})`, () => {
  const total = new CrashCounts();
  afterAll(() => console.log(`Crash states from seed ${seed}: ${String(total)}.`));

  for (const [name, options] of Object.entries(variants)) {
    it(
      `of steady work, ${name}`,
      async () => {
        const run = await steadyWork(options);
        await explore(run, { seed, randomStates: 4 * effort, deepEvery: 400 }, total);
        expect(run.last.durableCommits).toBeGreaterThan(5);
      },
      timeoutMs,
    );

    it.each([
      { what: 'random work', work: randomWork, steps: 15, runs: 1 },
      { what: 'work after crashes', work: workAfterCrashes, steps: 6, runs: 2 },
    ])(
      `of $what, ${name}`,
      async ({ work, steps, runs }) => {
        for (let number = 0; number < runs * effort; number++) {
          const runSeed = seed * 1000 + number;
          const run = await work({ ...options, writeBufferSize: 2000 }, new SeededRandom(runSeed), steps);
          await explore(run, { seed: runSeed, randomStates: 4, deepEvery: 400 }, total);
        }
        expect(total.distinct).toBeGreaterThan(0);
      },
      timeoutMs,
    );
  }
});
