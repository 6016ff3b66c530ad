/** The README's example of a projection. The README shows the region between the two marks, and a test compares them. */
// #region readme
// balances.ts
import { defineProjection } from '../../src/index.ts';

interface Events {
  Deposited: { type: 'Deposited'; account: string; amount: number };
  Closed: { type: 'Closed'; account: string };
}

export const projection = defineProjection<Readonly<Record<string, number>>, Events>({
  name: 'balances',
  stream: '_all',
  initialState: {},
  on: {
    Deposited: (state, { account, amount }) => ({ ...state, [account]: (state[account] ?? 0) + amount }),
    Closed: (state, { account }) => ({ ...state, [account]: 0 }),
  },
});
// #endregion readme
