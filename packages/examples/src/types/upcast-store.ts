/** Versions of an event type: docs/types.md shows the region between the marks. */
import { EventStore } from '@varve/writer';

{
  // Committed by an earlier version of the program.
  await using store = await EventStore.open('customers', { storageDirectory: './data' });
  store.commit('customer-1', { type: 'CustomerMoved', address: 'Main St 1, Springfield' });
}
// #region docs
interface CustomerMovedV1 {
  address: string;
}
interface CustomerMovedV2 {
  street: string;
  city: string;
}
interface CustomerEvents {
  CustomerMoved: { street: string; city: string; country: string };
}

await using store = await EventStore.open<CustomerEvents>('customers', {
  storageDirectory: './data',
  upcasters: {
    CustomerMoved: [
      ({ address, ...rest }: CustomerMovedV1): CustomerMovedV2 => {
        const [street = '', city = ''] = address.split(', ');
        return { ...rest, street, city };
      },
      (event: CustomerMovedV2) => ({ ...event, country: 'unknown' }),
    ],
  },
});

store.commit('customer-1', { type: 'CustomerMoved', street: 'Rue 2', city: 'Paris', country: 'France' });
for (const { city, country } of store.getEventStream('customer-1')) console.log(city, country);
// #endregion docs
