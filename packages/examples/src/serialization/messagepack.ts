/** A custom serializer: docs/serialization.md shows the region between the marks. */
// #region docs
import { decode, encode } from '@msgpack/msgpack';
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';

const serializer = {
  serialize: (value: unknown) => encode(value),
  deserialize: (bytes: Uint8Array) => decode(bytes),
};

await using store = await EventStore.open('measurements', {
  storageDirectory: './data',
  storageConfig: { serializer },
});
await store.commit('sensor-1', { type: 'Measured', celsius: 21.5 }).flushed;

// Functions are not stored: readers must be given them again.
await using reader = await ReadOnlyEventStore.open('measurements', { storageDirectory: './data', serializer });
console.log(reader.readEvent(1).payload);
// #endregion docs
