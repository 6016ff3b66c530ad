/**
 * Three hundred kills of writers, over all ways to partition, while a follower and a consumer read: contents are compared by
 * hash. `npm run kill-rounds` is the long form; `VARVE_SEED` repeats the choices.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SeededRandom } from '@varve/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { KillRounds } from '../src/kill-rounds/kill-rounds.ts';
import { storeNames } from '../src/kill-rounds/settings.ts';

const seed = Number(process.env['VARVE_SEED'] ?? Date.now() % 1_000_000);
const rounds = 300 / storeNames.length;

it.each(storeNames)(`loses nothing that was flushed, store %s (seed ${seed})`, { timeout: 600_000 }, async (name) => {
  const storageDirectory = mkdtempSync(`${tmpdir()}/varve-kill-rounds-`);
  onTestFinished(() => rmSync(storageDirectory, { recursive: true, force: true }));
  const { problems, ...result } = await new KillRounds(storageDirectory, name, seed, new SeededRandom(seed)).run(
    rounds,
  );
  expect(problems).toEqual([]);
  expect(result.events).toBeGreaterThan(0);
  console.log(`${name}: ${JSON.stringify({ seed, ...result })}`);
});
