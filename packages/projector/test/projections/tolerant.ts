import { defineProjection } from '../../src/index.ts';
import { deadlyAmount, type Deposited, endlessAmount, poisonAmount } from '../ledger.ts';

/** Sums deposits, and skips those that it cannot handle: amounts at which it throws, ends its process, or never returns. */
export const projection = defineProjection<number, { Deposited: Deposited }>({
  name: 'tolerant',
  stream: '_all',
  initialState: 0,
  onFailure: 'skip',
  attempts: 2,
  on: {
    Deposited: (sum, { amount }) => {
      if (amount === poisonAmount) throw new RangeError('I cannot count that');
      if (amount === deadlyAmount) process.exit(7);
      if (amount === endlessAmount) for (;;);
      return sum + amount;
    },
  },
});
