/**
 * Damages small stores of every kind, in every way, and reads them.
 *
 *   npm run damage -- --rounds 100000 --seed 1
 *   npm run damage -- --bits 1 --cuts 1        every bit, every byte
 *
 * `--bits n` flips every n-th bit, `--cuts n` cuts files off after every n-th byte, `--rounds n` does other damage at random
 * n times, `--real-rounds n` does so with files on disk; `--first n` begins with that round. `--specimen` selects one of the
 * stores, `--turns` reads each case in two ways instead of all. The exit code is 0 when nothing that was read was wrong.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign-threads.ts';
import { recipes } from './recipes.ts';

const { values } = parseArgs({
  options: {
    bits: { type: 'string', default: '0' },
    cuts: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '0' },
    'real-rounds': { type: 'string', default: '0' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    threads: { type: 'string', default: String(availableParallelism()) },
    specimen: { type: 'string', multiple: true, default: recipes.map(({ name }) => name) },
    turns: { type: 'boolean', default: false },
  },
});
const [bits, cuts, rounds, realRounds, first, seed, threads] = (
  ['bits', 'cuts', 'rounds', 'real-rounds', 'first', 'seed', 'threads'] as const
).map((name) => Number(values[name])) as [number, number, number, number, number, number, number];
const { specimen: specimens, turns } = values;
const areGood =
  [bits, cuts, rounds, realRounds, first, seed, threads].every((value) => Number.isSafeInteger(value) && value >= 0) &&
  bits + cuts + rounds + realRounds > 0 &&
  threads > 0 &&
  specimens.every((name) => recipes.some((recipe) => recipe.name === name));
if (areGood) {
  console.log(`seed ${seed}, ${threads} threads`);
  const startedAtMs = performance.now();
  let toldAtMs = startedAtMs;
  const tell = (damages: number): void => {
    if (performance.now() < toldAtMs + 30_000) return;
    toldAtMs = performance.now();
    console.log(`${damages} damages so far, in ${Math.round((toldAtMs - startedAtMs) / 1000)} s`);
  };
  try {
    const task = { seed, bits, cuts, rounds, realRounds, first, isThorough: !turns, specimens };
    console.log(String(await runCampaign(task, threads, tell)));
    console.log(`${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
} else {
  console.error(
    'Usage: npm run damage -- [--bits 1] [--cuts 1] [--rounds 100000] [--real-rounds 1000] [--first 1] [--seed 1] [--threads 2]',
  );
  console.error(`       [--turns] [--specimen '${recipes.map(({ name }) => name).join("' | '")}']`);
  process.exitCode = 2;
}
