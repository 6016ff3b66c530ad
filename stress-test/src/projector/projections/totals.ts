/** Number and sum of all amounts. The module's URL says which of several projections it is: `totals.js?number=3`. */
import { defineProjection } from '@varve/projector';
import type { Added } from '../account-events.ts';

const number = new URL(import.meta.url).searchParams.get('number') ?? '0';

export const projection = defineProjection<{ readonly count: number; readonly sum: number }, { Added: Added }>({
  name: `totals-${number}`,
  stream: '_all',
  initialState: { count: 0, sum: 0 },
  on: { Added: ({ count, sum }, { amount }) => ({ count: count + 1, sum: sum + amount }) },
});
