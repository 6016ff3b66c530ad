/**
 * The writer whose disk loses its power: commits to one or two streams at a time, now and then waits until that is durable, and
 * then notes it outside of the disk. Arguments: the directory, the file for the notes, the seed, and the promise of a commit
 * that it waits for: `flushed` is the wrong one.
 */
import fs from 'node:fs';
import { SeededRandom } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { eventNumbered, maxCommitEvents, streamNames } from '../kill/settings.ts';
import { type Note, noteOf, optionsOf, storeName } from './noted-commits.ts';

const [storageDirectory, notesPath, seedText, promise] = process.argv.slice(2) as [
  string,
  string,
  string,
  'durable' | 'flushed',
];
const seed = Number(seedText);
// The parent process is gone.
process.on('disconnect', () => process.exit());
const random = new SeededRandom(Date.now());
const notes = fs.openSync(notesPath, 'r+');
const store = await EventStore.open(storeName, { storageDirectory, storageConfig: optionsOf(seed) });
// Everything in a store that a writer has opened is durable, whatever it was before.
let last = noteOf(store, store.position);
let noted = 0;
note(last);
process.send!('writing');

for (;;) {
  for (let count = random.between(1, 12); count > 0; count--) commit();
  await new Promise((resolve) => setImmediate(resolve));
}

function note(reached: Note): void {
  // The promise of an earlier commit may resolve later.
  if (reached.position < noted) return;
  noted = reached.position;
  fs.writeSync(notes, String(reached), 0);
}

function commit(): void {
  const first = store.position + 1;
  const end = first + random.below(maxCommitEvents);
  const events = Array.from({ length: end - first + 1 }, (_, index) => eventNumbered(first + index, end, seed));
  const split = random.chance(0.2) ? random.below(events.length) : 0;
  const [one, other] = random.chance(0.5) ? [0, 1] : [2, 3];
  const parts = [
    { stream: streamNames[one]!, events: events.slice(0, split) },
    { stream: streamNames[other]!, events: events.slice(split) },
  ].filter((part) => part.events.length > 0);
  const committed = parts.length === 1 ? store.commit(parts[0]!.stream, parts[0]!.events) : store.commitAll(parts);
  for (const part of parts) for (const event of part.events) last = last.with(part.stream, event);
  if (!random.chance(0.15)) return;
  const reached = last;
  committed[promise].then(() => note(reached), fail);
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
