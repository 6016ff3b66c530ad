/**
 * Damaged stores in the short form: some of the bits and cuts that `npm run damage` goes through in full, and damage by
 * chance. Each case is a store of a few kilobytes in memory that is opened by a reader and by a writer.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { Campaign } from '../src/damage/campaign.ts';
import { examineReader, examineWriter, WrongAnswer } from '../src/damage/examine.ts';
import { recipes } from '../src/damage/recipes.ts';
import { makeSpecimen } from '../src/damage/specimens.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
/** Every so many bits, and so many bytes: others with another seed. */
const bitStep = 211;
const cutStep = 31;

let campaign: Campaign;
beforeAll(async () => {
  campaign = await Campaign.prepare();
});

describe(`a damaged store (seed ${seed})`, { timeout: 600_000 }, () => {
  it('is read right, or says which file is damaged, whatever bit is turned over', async () => {
    await campaign.flipBits(bitStep, seed % bitStep);
    expect(campaign.tally.count).toBeGreaterThan(1500);
  });

  it('is read right, or says which file is damaged, wherever a file is cut off', async () => {
    const before = campaign.tally.count;
    await campaign.cutFiles(cutStep, seed % cutStep);
    expect(campaign.tally.count - before).toBeGreaterThan(1000);
  });

  it('is read right, or says which file is damaged, whatever is done to it', async () => {
    await campaign.fuzz(3000, seed);
    console.log(`Damaged stores, seed ${seed}:\n${String(campaign.tally)}`);
    expect(campaign.tally.count).toBeGreaterThan(9000);
  });
});

describe('what examines damaged stores', () => {
  it('notices a store that holds something else', async () => {
    const [specimen, other] = await Promise.all(recipes.slice(1, 3).map(makeSpecimen));
    const path = '/data/store/head';
    const damage = { specimen: specimen!, path, files: other!.files };
    expect(() => examineReader(damage)).toThrow(WrongAnswer);
    expect(() => examineWriter(damage)).toThrow(WrongAnswer);
    expect(examineReader({ ...damage, files: specimen!.files })).toEqual({ verdict: 'right' });
    expect(examineWriter({ ...damage, files: specimen!.files })).toEqual({ verdict: 'right' });
  });
});
