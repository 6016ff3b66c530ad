/** Compression with a dictionary: docs/serialization.md shows the region between the marks. */
// #region docs
import { EventStore } from '@varve/writer';

const samples = ['Berlin', 'Paris', 'Rome'].map((city) => ({
  type: 'ParcelScanned',
  parcel: 'parcel-0000000',
  depot: `depot-${city}`,
  carrier: 'Varve Parcel Service',
}));

await using store = await EventStore.open('parcels', {
  storageDirectory: './data',
  storageConfig: { compression: { algorithm: 'deflate', dictionary: samples } },
});
store.commit('parcel-4711', { type: 'ParcelScanned', parcel: 'parcel-0004711', depot: 'depot-Rome' });
console.log(store.readEvent(1).payload);
// #endregion docs
