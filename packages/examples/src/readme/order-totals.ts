/** The README's example of a projection: a module that a worker process loads. */
// #region readme
import { defineProjection } from '@varve/projector';
import type { ItemAdded } from './order-event.ts';

export const projection = defineProjection<Record<string, number>, { ItemAdded: ItemAdded }>({
  name: 'order-totals',
  stream: '_all',
  initialState: {},
  on: {
    ItemAdded: (totals, event, { stream }) => ({
      ...totals,
      [stream]: (totals[stream] ?? 0) + event.cents,
    }),
  },
});
// #endregion readme
