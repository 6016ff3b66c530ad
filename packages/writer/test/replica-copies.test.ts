/**
 * A copy of a store that is made again and again while the writer goes on, file by file in any order, in pieces, and given up
 * halfway, is readable at every moment: never wrong, only behind.
 */
import { describe, expect, it } from 'vitest';
import { allModes, ReplicaRun, type ReplicaRunOptions } from './replica/replica-run.ts';

const seeds = Array.from({ length: Number(process.env['REPLICA_RUNS'] ?? 6) }, (_, index) => index + 1);

async function runWith(options: ReplicaRunOptions): Promise<ReplicaRun> {
  const run = new ReplicaRun(options);
  try {
    await run.run(400);
  } catch (error) {
    throw new Error(`seed ${options.seed}: ${(error as Error).message}\n${run.log.slice(-40).join('\n')}`, {
      cause: error,
    });
  }
  return run;
}

describe('A copy that is being made', () => {
  it.each(allModes)('is never wrong, and refuses nobody: %s', async (mode) => {
    let mostBehind = 0;
    for (const seed of seeds) {
      const run = await runWith({ seed, modes: [mode], losesPower: false });
      mostBehind = Math.max(mostBehind, run.mostBehind);
    }
    expect(mostBehind).toBeGreaterThan(0);
  });

  it('is never wrong when its source loses power, however it is copied', async () => {
    let losses = 0;
    for (const seed of seeds) {
      const run = await runWith({ seed, modes: allModes, losesPower: true });
      losses += run.losses;
    }
    expect(losses).toBeGreaterThan(0);
  });
});
