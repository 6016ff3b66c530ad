import { defineProjection } from '../../src/index.ts';
import { type Deposited, endlessAmount } from '../ledger.ts';

/** Counts deposits, and never returns from one of a certain amount. */
export const projection = defineProjection<number, { Deposited: Deposited }>({
  name: 'hanging',
  stream: '_all',
  initialState: 0,
  on: {
    Deposited: (count, { amount }) => {
      if (amount === endlessAmount) for (;;);
      return count + 1;
    },
  },
});
