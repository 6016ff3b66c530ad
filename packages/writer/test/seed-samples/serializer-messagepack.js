import { proveSerializer } from './support/prove-serializer.js';

// #region sample
import { EventStore } from '@varve/writer';
import { encode, decode } from '@msgpack/msgpack';

const eventstore = new EventStore('my-event-store', {
  storageDirectory: './data',
  storageConfig: {
    serializer: {
      serialize: (doc) => {
        const encoded = encode(doc);
        return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength).toString('binary');
      },
      deserialize: (string) => {
        return decode(Buffer.from(string, 'binary'));
      },
    },
  },
});
// #endregion

await proveSerializer(eventstore);
