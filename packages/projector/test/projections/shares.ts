import { defineProjection } from '../../src/index.ts';
import type { Deposited } from '../ledger.ts';

interface Shares {
  readonly balances: Readonly<Record<string, number>>;
  readonly count: number;
}

/** The balance of each account, and the number of deposits, computed by three processes that share the accounts. */
export const projection = defineProjection<Shares, { Deposited: Deposited }>({
  name: 'shares',
  stream: '_all',
  initialState: { balances: {}, count: 0 },
  partitionBy: ({ account }) => account,
  parts: 3,
  merge: 'sum',
  on: {
    Deposited: ({ balances, count }, { account, amount }) => ({
      balances: { ...balances, [account]: (balances[account] ?? 0) + amount },
      count: count + 1,
    }),
  },
});
