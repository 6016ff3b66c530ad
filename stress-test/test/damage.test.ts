/**
 * Damaged stores, tens of thousands of them: every bit and every cut of small specimens, samples of the larger ones, and random
 * damage of all kinds. Each case is a store of a few kilobytes in memory that is opened by a reader and by a writer.
 * `npm run damage` is the long form: `stress-test/README.md`.
 */
import { describe, expect, it } from 'vitest';
import { runCampaign } from '../src/damage/campaign-threads.ts';
import { examineReader, examineWriter } from '../src/damage/examine.ts';
import { WrongAnswer } from '../src/damage/oracle.ts';
import { recipes } from '../src/damage/recipes.ts';
import { makeSpecimen } from '../src/damage/specimens.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const rounds = Number(process.env['VARVE_DAMAGES'] ?? 30_000);
const threads = 2;
/** Every n-th bit, and every n-th byte; another seed takes others. */
const bits = 101;
const cuts = 47;
/** Every bit and every byte of these: they have each kind of file that is there once. */
const specimens = ['made in one go', 'consumers and dead letters'];

describe(`a damaged store (seed ${seed})`, { timeout: 3_600_000 }, () => {
  it('is read right, or says which file is damaged, whatever bit is turned over and wherever it is cut off', async () => {
    const tally = await runCampaign({ seed, bits: 1, cuts: 1, isThorough: false, specimens }, threads);
    tally.take((await runCampaign({ seed, bits, cuts, isThorough: false }, threads)).counts);
    console.log(`Bits and cuts of damaged stores, seed ${seed}:\n${String(tally)}`);
    expect(tally.damages).toBeGreaterThan(30_000);
  });

  it('is read right, or says which file is damaged, whatever is done to it', async () => {
    const tally = await runCampaign({ seed, rounds, isThorough: false }, threads);
    console.log(`Damaged stores, seed ${seed}:\n${String(tally)}`);
    expect(tally.damages).toBe(rounds);
  });

  it('is read right, or says which file is damaged, with files on disk', async () => {
    const tally = await runCampaign({ seed, realRounds: 200, isThorough: false }, threads);
    console.log(`Damaged stores on disk, seed ${seed}:\n${String(tally)}`);
    expect(tally.damages).toBe(200);
  });
});

describe('what examines damaged stores', () => {
  it('notices a store that holds something else', async () => {
    const [specimen, other] = await Promise.all(recipes.slice(1, 3).map(makeSpecimen));
    const path = '/data/store/head';
    const swapped = { specimen: { ...specimen!, files: other!.files }, path, bytes: other!.files.get(path) };
    expect(() => examineReader(swapped)).toThrow(WrongAnswer);
    expect(() => examineWriter(swapped)).toThrow(WrongAnswer);
    const whole = { specimen: specimen!, path, bytes: specimen!.files.get(path) };
    expect(examineReader(whole)).toEqual({ verdict: 'right' });
    expect(examineWriter(whole)).toEqual({ verdict: 'right' });
  });

  it('notices the state of another consumer, and one of another time', async () => {
    const specimen = await makeSpecimen(recipes.find(({ name }) => name === 'consumers and dead letters')!);
    const { path, lines } = specimen.subject.saved[0]!;
    const expected = new Map([...specimen.expected, [specimen.subject.saved[0]!.name, lines.slice(0, 1)]]);
    const damage = { specimen: { ...specimen, expected }, path, bytes: specimen.files.get(path) };
    expect(() => examineReader(damage)).toThrow(WrongAnswer);
    expect(examineReader({ ...damage, specimen })).toEqual({ verdict: 'right' });
  });
});
