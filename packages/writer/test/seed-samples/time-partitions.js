import { readdirSync } from 'node:fs';

// #region sample
import { EventStore } from '@varve/writer';

// Time-based chunking (one partition per day)
const eventstore = new EventStore('my-event-store', {
  storageConfig: {
    partitioner: (doc) => {
      const date = new Date(doc.committedAt);
      return `chunk-${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
    },
  },
});
// #endregion

eventstore.commit('my-stream', [{ n: 1 }, { n: 2 }]);
const date = new Date(eventstore.readEvent(1).metadata.committedAt);
const expected = `chunk-${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
await eventstore.close();
const folders = readdirSync('./data/my-event-store/partitions');
console.log(folders.length, folders[0].endsWith(expected));
