/** The writer: commits some two thousand events a second until it is killed. Its one argument is the directory. */
import { EventStore } from '@varve/writer';
import { eventAt, storeName, streamOf } from './counted-events.ts';

const eventsPerTurn = 20;
const turnMs = 10;
/** Small segments and runs, so that files appear, are merged, and vanish while they are copied. */
const storageConfig = { segmentBytes: 65_536, eventsPerIndexRun: 1000 };

const [directory] = process.argv.slice(2) as [string];
const store = await EventStore.open(storeName, { storageDirectory: directory, storageConfig });
setInterval(() => {
  for (let count = 0; count < eventsPerTurn; count++) {
    const next = store.position + 1;
    store.commit(streamOf(next), eventAt(next));
  }
}, turnMs);
