/** A projection in parts, for the guide to projections. */
// #region docs
// customers.ts
import { defineProjection } from '@varve/projector';

interface Ordered {
  type: 'Ordered';
  customer: string;
  amount: number;
}

export const projection = defineProjection<Readonly<Record<string, number>>, { Ordered: Ordered }>({
  name: 'customers',
  stream: '_all',
  version: 2,
  initialState: {},
  partitionBy: ({ customer }) => customer,
  parts: 2,
  on: {
    Ordered: (sums, { customer, amount }) => ({ ...sums, [customer]: (sums[customer] ?? 0) + amount }),
  },
});
// #endregion docs
