import { proveSerializer } from './support/prove-serializer.js';

// #region sample
import { EventStore } from '@varve/writer';
import { lz4 } from './support/lz4.js';

const eventstore = new EventStore('my-event-store', {
  storageDirectory: './data',
  storageConfig: {
    serializer: {
      serialize: (doc) => {
        return lz4.encode(Buffer.from(JSON.stringify(doc))).toString('binary');
      },
      deserialize: (string) => {
        return JSON.parse(lz4.decode(Buffer.from(string, 'binary')));
      },
    },
  },
});
// #endregion

await proveSerializer(eventstore);
