import { EventStore } from '@varve/writer';
import { readdirSync, rmSync } from 'node:fs';

const options = { storageConfig: { eventsPerIndexRun: 500 } };
const indexes = './data/my-event-store/indexes';
const eventstore = new EventStore('my-event-store', options);
for (let n = 1; n <= 1500; n++) eventstore.commit(`stream-${n % 3}`, { n });
eventstore.flush();
eventstore.once('ready', () => {
  for (const name of readdirSync(indexes)) rmSync(`${indexes}/${name}`);
  console.log(readdirSync(indexes));
});

// #region sample
eventstore.on('ready', () => {
  // Full rebuild
  eventstore.storage.reindex(0);

  // Partial rebuild from a known-good checkpoint
  eventstore.storage.reindex(1000);
});
// #endregion

await new Promise((resolve) => eventstore.on('ready', resolve));
console.log(readdirSync(indexes).length > 0);
console.log(eventstore.getStreamVersion('stream-1'), eventstore.getEventStream('stream-1', -1).events);
await eventstore.close();
