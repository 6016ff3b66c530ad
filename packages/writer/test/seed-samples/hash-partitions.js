import { commitSome } from './support/show-partitions.js';

// #region sample
import { EventStore } from '@varve/writer';

// Fixed number of hash partitions
const MAX_PARTITIONS = 8;
const eventstore = new EventStore('my-event-store', {
  storageConfig: {
    partitioner: (doc, seq) => 'partition-' + (seq % MAX_PARTITIONS),
  },
});
// #endregion

await commitSome(eventstore);
