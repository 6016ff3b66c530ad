import { defineProjection } from '../../src/index.ts';
import type { Deposited } from '../ledger.ts';

interface Totals {
  readonly count: number;
  readonly sum: number;
}

/** The number and sum of the deposits to one account, from the account's stream. */
export const projection = defineProjection<Totals, { Deposited: Deposited }>({
  name: 'anna',
  stream: 'account-anna',
  version: 2,
  initialState: { count: 0, sum: 0 },
  on: {
    Deposited: (state, { amount }) => ({ count: state.count + 1, sum: state.sum + amount }),
  },
});
