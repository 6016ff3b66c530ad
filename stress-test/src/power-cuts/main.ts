/**
 * Cuts the power of a writer's disk again and again, on each file system that this machine has.
 *
 *   npm run power-cuts -- --rounds 1000
 *
 * `--only` selects the file systems whose names begin with its value, `--seed` repeats the choices of an earlier run, but
 * not how far a writer had got at a moment. The exit code is 0 when nothing that was acknowledged was ever lost or altered.
 */
import { parseArgs } from 'node:util';
import { missingTools, whatIsMissing } from './file-systems.ts';
import { cutPower, knownKinds } from './power-cuts.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const kinds = knownKinds().filter(({ name }) => name.startsWith(values.only));
const missing = whatIsMissing() ?? kinds.flatMap(missingTools)[0];
if (!(rounds > 0) || Number.isNaN(seed) || kinds.length === 0 || missing !== undefined) {
  console.error(missing ?? 'Usage: npm run power-cuts -- [--rounds 60] [--seed 1] [--only ext4|xfs|btrfs]');
  process.exit(2);
}
console.log(`seed ${seed}, ${rounds} power cuts over ${kinds.length} file systems`);
for (const kind of kinds) {
  const result = await cutPower(kind, Math.ceil(rounds / kinds.length), seed);
  const { cuts, runs, calls, events, problems } = result;
  console.log(`${kind.name}: ${cuts} cuts in ${runs} runs of ${calls} disk calls; ${events} events recovered`);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
