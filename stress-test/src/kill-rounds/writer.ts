/**
 * A writer to be killed: waits for its turn with everything loaded, so that no round waits for a process to start, then opens
 * the store and commits until it is killed. Arguments: the directory, the store, and the seed. It notes each attempt before it
 * makes it, and what is flushed as soon as it learns of that.
 */
import { once } from 'node:events';
import { SeededRandom } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { ProgressFile } from '../kill/progress-file.ts';
import { eventNumbered, maxCommitEvents, streamNames } from '../kill/settings.ts';
import { optionsOf } from './settings.ts';

const [storageDirectory, name, seedText] = process.argv.slice(2) as [string, string, string];
const seed = Number(seedText);
// The parent process is gone.
process.on('disconnect', () => process.exit());
process.send!('ready');
await once(process, 'message');
using progress = new ProgressFile(`${storageDirectory}/progress`);
const random = new SeededRandom(Date.now());
const store = await EventStore.open(name, { storageDirectory, storageConfig: optionsOf(name) });
let flushed: number = store.position;
progress.write({ attempted: flushed, flushed });
process.send!('writing');
for (;;) {
  for (let count = random.between(1, 20); count > 0; count--) commitSome();
  await new Promise((resolve) => setImmediate(resolve));
}

function commitSome(): void {
  const first = store.position + 1;
  const last = first + random.below(maxCommitEvents);
  progress.write({ attempted: last, flushed });
  const events = Array.from({ length: last - first + 1 }, (_, index) => eventNumbered(first + index, last, seed));
  const half = Math.floor(events.length / 2);
  const [one, other] = random.chance(0.5) ? [0, 1] : [2, 3];
  const commit =
    random.chance(0.2) && half > 0
      ? store.commitAll([
          { stream: streamNames[one]!, events: events.slice(0, half) },
          { stream: streamNames[other]!, events: events.slice(half) },
        ])
      : store.commit(random.pick(streamNames), events);
  if (random.chance(0.02)) commit.durable.catch(fail);
  commit.flushed.then(() => {
    flushed = last;
    progress.write({ attempted: store.position, flushed });
  }, fail);
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
