/** A projection that skips what it cannot handle, for the guide to projections. */
// #region docs
// revenue.ts
import { defineProjection } from '@varve/projector';

interface Events {
  Paid: { type: 'Paid'; amount: number };
}

export const projection = defineProjection<number, Events>({
  name: 'revenue',
  stream: '_all',
  initialState: 0,
  onFailure: 'skip',
  attempts: 2,
  on: {
    Paid(sum, { amount }) {
      if (typeof amount !== 'number') throw new TypeError('no amount was paid');
      return sum + amount;
    },
  },
});
// #endregion docs
