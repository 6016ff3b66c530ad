/** The system that is killed in tests: balances by key, every command numbered. */
import { collection, hash, prevalence, value } from '@varve/prevalence';

interface Deposit {
  readonly key: string;
  readonly amount: number;
  readonly caller: number;
}

export const accounts = prevalence({
  name: 'accounts',
  model: {
    accounts: collection<{ key: string; balance: number; parity: number }>()({
      key: 'key',
      indexes: { byParity: hash('parity') },
    }),
    total: value(0),
  },
  commands: {
    deposit: (model, { key, amount }: Deposit) => {
      const account = model.accounts.get(key) ?? model.accounts.insert({ key, balance: 0, parity: 0 });
      account.balance += amount;
      account.parity = account.balance % 2;
      return ++model.total;
    },
    fail: (model, { key }: Deposit) => {
      model.total = -1;
      model.accounts.delete(key);
      throw new Error('on purpose');
    },
  },
  snapshot: { every: 50, keep: 2 },
});
