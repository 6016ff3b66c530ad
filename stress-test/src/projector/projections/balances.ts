/** The balance of each account, by two processes that share the accounts. */
import { defineProjection } from '@varve/projector';
import type { Added } from '../account-events.ts';

export const projection = defineProjection<Readonly<Record<string, number>>, { Added: Added }>({
  name: 'balances',
  stream: { category: 'account' },
  initialState: {},
  partitionBy: ({ account }) => account,
  parts: 2,
  on: {
    Added: (balances, { account, amount }) => ({ ...balances, [account]: (balances[account] ?? 0) + amount }),
  },
});
