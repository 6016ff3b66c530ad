/**
 * Power cuts at every operation of recorded workloads, with every fate of what was not synced: kept, dropped, torn at
 * a sector, zero-filled, names lost. `VARVE_LONG=20` explores twenty times as many random workloads and states;
 * `VARVE_SEED=<seed>` repeats a run.
 */
import { SeededRandom } from '@varve/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { CrashCounts, explore } from './simulation/crash-explorer.ts';
import { byType, randomWork, steadyWork } from './simulation/workloads.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const effort = Number(process.env['VARVE_LONG'] ?? 1);
const timeoutMs = 60_000 * effort;

const variants: Readonly<Record<string, WriteOptions>> = {
  'one partition': {},
  'one partition in segments': { segmentBytes: 700 },
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
        await explore(run, { seed, randomStates: 8 * effort, deepEvery: 100 }, total);
        expect(run.last.durableCommits).toBeGreaterThan(5);
      },
      timeoutMs,
    );

    it(
      `of random work, ${name}`,
      async () => {
        for (let number = 0; number < effort; number++) {
          const random = new SeededRandom(seed * 1000 + number);
          const run = await randomWork({ ...options, writeBufferSize: 2000 }, random, 25);
          await explore(run, { seed: seed * 1000 + number, randomStates: 8, deepEvery: 100 }, total);
        }
        expect(total.distinct).toBeGreaterThan(0);
      },
      timeoutMs,
    );
  }
});
