/**
 * Damages small stores of every kind, in every way, and reads them.
 *
 *   npm run damage -- --rounds 100000 --seed 1
 *   npm run damage -- --bits 1 --cuts 1        every bit, every byte: about an hour
 *
 * `--bits n` turns over each n-th bit, `--cuts n` cuts files off after each n-th byte, `--rounds n` does so many other
 * things by chance. The exit code is 0 when nothing that was read was wrong.
 */
import { parseArgs } from 'node:util';
import { Campaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    bits: { type: 'string' },
    cuts: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
  },
});
const numbers = { bits: values.bits ?? '0', cuts: values.cuts ?? '0', rounds: values.rounds ?? '0' };
const [bits, cuts, rounds] = Object.values(numbers).map(Number) as [number, number, number];
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const isGiven = bits + cuts + rounds > 0;
if (isGiven && [bits, cuts, rounds, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.log(`seed ${seed}`);
  let toldAtMs = performance.now();
  const campaign = await Campaign.prepare((tally) => {
    if (performance.now() < toldAtMs + 30_000) return;
    toldAtMs = performance.now();
    console.log(`${tally.count} openings so far`);
  });
  try {
    if (bits > 0) await campaign.flipBits(bits);
    if (cuts > 0) await campaign.cutFiles(cuts);
    await campaign.fuzz(rounds, seed, true);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  console.log(String(campaign.tally));
} else {
  console.error('Usage: npm run damage -- [--bits 1] [--cuts 1] [--rounds 100000] [--seed 1]');
  process.exitCode = 2;
}
