import { defineProjection } from '../../src/index.ts';
import { type Deposited, poisonAmount } from '../ledger.ts';

/** Counts deposits, and throws at one of a certain amount. */
export const projection = defineProjection<number, { Deposited: Deposited }>({
  name: 'poisoned',
  stream: '_all',
  initialState: 0,
  on: {
    Deposited: (count, { amount }) => {
      if (amount === poisonAmount) throw new RangeError('I cannot count that');
      return count + 1;
    },
  },
});
