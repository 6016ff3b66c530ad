/**
 * Runs after the kill: opens the store, checks it, and commits to every stream again. Arguments: the directory, and the seed.
 * The exit code is 0 when everything is as it must be, otherwise 1.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EventStore, LOCK_RECLAIM } from '@varve/writer';
import { check } from './check.ts';
import { readProgress } from './progress-file.ts';
import { eventNumbered, storeName, streamNames } from './settings.ts';

const [directory, seedText] = process.argv.slice(2);
const seed = Number(seedText);

const progress = readProgress(join(directory!, 'progress'));
await using store = await EventStore.open(storeName, {
  storageDirectory: directory!,
  storageConfig: { lock: LOCK_RECLAIM },
});
const { recovered, lost, bound, problems } = check(store, progress, bytesPerEvent(), seed);
for (const name of streamNames) {
  const number = store.position + 1;
  store.commit(name, eventNumbered(number, number, seed), store.getStreamVersion(name));
}

const { attempted, flushed } = progress;
console.log(
  `attempted ${attempted}, flushed ${flushed}, recovered ${recovered}, lost ${lost} (bound ${bound}); ` +
    `${streamNames.length} streams read and written`,
);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function bytesPerEvent(): number {
  const partitions = join(directory!, storeName, 'partitions');
  const files = readdirSync(partitions, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizeBytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return sizeBytes / Math.max(1, store.position);
}
