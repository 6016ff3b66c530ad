/**
 * Kills writers with SIGKILL, under readers and consumers, in a store for each way to partition.
 *
 *   npm run kill-rounds -- --rounds 5000
 *
 * `--only` selects one of the stores, `--seed` repeats the choices of an earlier run, but not its timing. The exit code is 0
 * when nothing was ever lost beyond the bound, and all readers have seen the same events.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '@varve/core/testing';
import { KillRounds } from './kill-rounds.ts';
import { storeNames } from './settings.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '300' }, only: { type: 'string' }, seed: { type: 'string' } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const chosen = values.only === undefined ? storeNames : storeNames.filter((name) => name === values.only);
if (!(rounds > 0) || Number.isNaN(seed) || chosen.length === 0) {
  console.error(`Usage: npm run kill-rounds -- [--rounds 300] [--seed 1] [--only ${storeNames.join('|')}]`);
  process.exit(2);
}
console.log(`seed ${seed}, ${rounds} rounds over ${chosen.length} stores`);
for (const name of chosen) {
  const directory = mkdtempSync(join(tmpdir(), 'varve-kill-rounds-'));
  try {
    const result = await new KillRounds(directory, name, seed, new SeededRandom(seed)).run(
      Math.ceil(rounds / chosen.length),
    );
    const { events, lost, mostLost, consumerKills, problems } = result;
    console.log(
      `${name}: ${result.rounds} writers and ${consumerKills} consumers killed, ${events} events; ` +
        `${lost} that were not flushed are lost, at most ${mostLost} at once`,
    );
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
