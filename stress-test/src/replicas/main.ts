/**
 * Copies a live store by rsync again and again, in five ways, and reads the copy all the while.
 *
 *   npm run replicas -- --rounds 200
 *
 * `--mode` selects one of the ways, `--seed` repeats the moments of kills. The exit code is 0 when no reader ever
 * showed a wrong event or was refused.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CopyRounds } from './copy-rounds.ts';
import { modes } from './rsync.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, mode: { type: 'string' }, seed: { type: 'string' } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const chosen = values.mode === undefined ? modes : modes.filter((mode) => mode === values.mode);
if (!(rounds > 0) || Number.isNaN(seed) || chosen.length === 0) {
  console.error(`Usage: npm run replicas -- [--rounds 200] [--seed 1] [--mode ${modes.join('|')}]`);
  process.exit(2);
}
if (spawnSync('rsync', ['--version']).status !== 0) {
  console.error('There is no rsync here.');
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'varve-replicas-'));
console.log(`seed ${seed}, ${rounds} rounds in each of ${chosen.length} modes`);
try {
  for (const mode of chosen) {
    const result = await new CopyRounds(directory, mode, seed).run(rounds);
    console.log(
      `${mode}: ${result.rounds} rounds, ${result.events} events, ${result.checks} comparisons; ` +
        `${result.interrupted} copies and ${result.writerKills} writers killed; never wrong`,
    );
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
