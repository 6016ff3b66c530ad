/** The measured prevalent system: accounts with ten fields, two indexes, and a command that touches one account. */
import { collection, hash, prevalence, unique } from '@varve/prevalence';

interface Account {
  id: number;
  owner: string;
  balance: number;
  moves: number;
  status: 'open' | 'closed';
  note: string;
  limit: number;
  currency: string;
  branch: number;
  kind: string;
}

export const accounts = prevalence({
  name: 'accounts',
  guards: false,
  model: {
    accounts: collection<Account>()({ key: 'id', indexes: { byStatus: hash('status'), byOwner: unique('owner') } }),
  },
  commands: {
    open: (model, id: number) => {
      const fixed = { note: 'none', limit: 1000, currency: 'EUR', branch: 7, kind: 'current' };
      model.accounts.insert({ id, owner: ownerOf(id), balance: 0, moves: 0, status: 'open', ...fixed });
    },
    deposit: (model, { id, amount }: { id: number; amount: number }) => {
      const account = model.accounts.get(id)!;
      account.balance += amount;
      account.moves++;
    },
  },
  queries: {
    balanceOf: (model, id: number) => model.accounts.get(id)?.balance ?? 0,
    balanceOfOwner: (model, owner: string) => model.accounts.byOwner.get(owner)?.balance ?? 0,
  },
});

export function ownerOf(id: number): string {
  return `owner-${id}`;
}
