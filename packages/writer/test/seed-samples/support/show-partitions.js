/** Commits some events, and prints them and the partitions that they are in. */
import { EventStore } from '@varve/writer';
import { readdirSync } from 'node:fs';
import { numbersIn } from './numbers.js';

export function showPartitions(storageConfig) {
  return commitSome(new EventStore('my-event-store', { storageConfig }));
}

export async function commitSome(eventstore) {
  for (let n = 1; n <= 10; n += 2) eventstore.commit('my-stream', [{ n }, { n: n + 1 }]);
  console.log(numbersIn(eventstore));
  await eventstore.close();
  const folders = readdirSync('./data/my-event-store/partitions');
  console.log(
    folders
      .map((folder) => folder.replace(/^\d+-/, ''))
      .sort()
      .join(' '),
  );
}
