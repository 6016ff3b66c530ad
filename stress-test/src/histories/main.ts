/**
 * Histories of clients whose writer is killed again and again, checked for an order that explains them.
 *
 *   npm run histories -- --rounds 100
 *
 * A round is a store of its own with ten kills. `--seed` repeats the choices of an earlier run, but not its timing.
 * The exit code is 0 when all histories can be explained.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '@varve/core/testing';
import { History } from './history.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string' } } });
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!(rounds > 0) || Number.isNaN(seed)) {
  console.error('Usage: npm run histories -- [--rounds 20] [--seed 1]');
  process.exit(2);
}
console.log(`seed ${seed}, ${rounds} histories`);
for (let round = 0; round < rounds; round++) {
  const storageDirectory = mkdtempSync(join(tmpdir(), 'varve-histories-'));
  try {
    const random = new SeededRandom(seed + round);
    const partitioner = (['shared', 'perStream', 'perCategory'] as const)[round % 3]!;
    const { problems, ...result } = await new History({
      storageDirectory,
      partitioner,
      clients: 8,
      kills: 10,
      random,
    }).run();
    console.log(`${partitioner}: ${JSON.stringify(result)}`);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(storageDirectory, { recursive: true, force: true });
  }
}
