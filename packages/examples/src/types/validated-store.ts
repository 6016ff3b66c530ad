/** Validation on commit: docs/types.md shows the region between the marks. */
// #region docs
import { EventStore } from '@varve/writer';
import { z } from 'zod';

const InvoiceSent = z.object({
  number: z.string().min(1),
  cents: z.int(),
  currency: z.string().default('EUR'),
});

await using store = await EventStore.open('invoices', { storageDirectory: './data', schemas: { InvoiceSent } });

store.commit('invoice-1', { type: 'InvoiceSent', number: '2026-1', cents: 1900, currency: 'SEK' });

const received = JSON.parse('{ "number": "", "cents": 1.5 }') as z.infer<typeof InvoiceSent>;
try {
  store.commit('invoice-2', { type: 'InvoiceSent', ...received });
} catch (error) {
  console.log((error as Error).message);
}
console.log(store.position, 'event committed');
// #endregion docs
