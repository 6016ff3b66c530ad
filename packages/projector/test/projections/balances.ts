import { defineProjection } from '../../src/index.ts';
import type { Deposited } from '../ledger.ts';

type Balances = Readonly<Record<string, number>>;

/** The balance of each account, over all events of the store. */
export const projection = defineProjection<Balances, { Deposited: Deposited }>({
  name: 'balances',
  stream: '_all',
  initialState: {},
  on: {
    Deposited: (state, { account, amount }) => ({ ...state, [account]: (state[account] ?? 0) + amount }),
  },
});
