/**
 * The writer to be killed: commits to several streams as fast as it can until then. Arguments: the directory, and the seed. It
 * notes each attempt before it makes it, and what is flushed as soon as it learns of that.
 */
import { join } from 'node:path';
import { SeededRandom } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { ProgressFile } from './progress-file.ts';
import { eventNumbered, maxCommitEvents, storeName, streamNames, writeBufferBytes } from './settings.ts';

const commitsPerTick = 50;

const [directory, seedText] = process.argv.slice(2);
const seed = Number(seedText);
const random = new SeededRandom(Date.now());

await using store = await EventStore.open(storeName, {
  storageDirectory: directory!,
  storageConfig: { writeBufferSize: writeBufferBytes },
});
using progressFile = new ProgressFile(join(directory!, 'progress'));
let flushed: number = store.position;

for (;;) {
  for (let count = 0; count < commitsPerTick; count++) commitSome();
  await new Promise((resolve) => setImmediate(resolve));
}

function commitSome(): void {
  const first = store.position + 1;
  const last = first + random.below(maxCommitEvents);
  progressFile.write({ attempted: last, flushed });
  const events = Array.from({ length: last - first + 1 }, (_, index) => eventNumbered(first + index, last, seed));
  const commit = store.commit(random.pick(streamNames), events);
  commit.flushed.then(() => {
    flushed = last;
    progressFile.write({ attempted: store.position, flushed });
  }, fail);
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
