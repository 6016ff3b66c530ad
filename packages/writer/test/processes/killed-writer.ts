/** Commits numbered events until it is killed: several streams, several flushes per turn. Arguments: the storage directory. */
import { setImmediate } from 'node:timers/promises';
import { EventStore } from '../../src/index.ts';

const [storageDirectory] = process.argv.slice(2) as [string];
const storageConfig = { segmentBytes: 65_536, eventsPerIndexRun: 256 };
const store = await EventStore.open('shop', { storageDirectory, storageConfig });
let number = store.position;
for (let turn = 1; ; turn++) {
  for (let left = 1 + (turn % 7); left > 0; left--) {
    const events = Array.from({ length: 1 + (number % 3) }, () => ({ number: ++number, by: process.pid, turn }));
    store.commit(`s-${number % 5}`, events);
  }
  if (turn % 50 === 0) process.send!(store.position);
  await setImmediate();
}
