/**
 * A small domain for the tests: deposits to a few accounts, with the plain loops that compute the expected results of
 * the projections in `projections/`.
 */
import type { EventStore } from '@varve/writer';

export interface Deposited {
  readonly type: 'Deposited';
  readonly account: string;
  readonly amount: number;
}

export interface Noted {
  readonly type: 'Noted';
  readonly text: string;
}

const accounts = ['anna', 'ben', 'cleo'] as const;

/** The amount at which the projection `poisoned` throws, and the one from which the projection `hanging` never returns. */
export const poisonAmount = 666;
export const endlessAmount = 777;

/** The amount at which the projection `tolerant` ends its process. */
export const deadlyAmount = 888;

export class Ledger {
  /** All committed events, in order. */
  readonly events: (Deposited | Noted)[] = [];
  private readonly store: EventStore;

  constructor(store: EventStore) {
    this.store = store;
  }

  /** Commits this many events, and resolves with the position of the last one when other processes can read it. */
  async commit(count: number): Promise<number> {
    let last = 0;
    for (let index = 0; index < count; index++) {
      const number = this.events.length;
      const account = accounts[number % accounts.length]!;
      last = await this.add(
        number % 7 === 6
          ? { type: 'Noted', text: `note ${number}` }
          : { type: 'Deposited', account, amount: (number * 31) % 100 },
        `account-${account}`,
      );
    }
    return last;
  }

  async deposit(account: string, amount: number): Promise<number> {
    return this.add({ type: 'Deposited', account, amount }, `account-${account}`);
  }

  /** The expected result of the projection `balances`. */
  balances(): Record<string, number> {
    const balances: Record<string, number> = {};
    for (const event of this.events) {
      if (event.type === 'Deposited') balances[event.account] = (balances[event.account] ?? 0) + event.amount;
    }
    return balances;
  }

  /** The expected result of the projection `anna`. */
  anna(): { count: number; sum: number } {
    const amounts = this.events.flatMap((event) =>
      event.type === 'Deposited' && event.account === 'anna' ? [event.amount] : [],
    );
    return { count: amounts.length, sum: amounts.reduce((sum, amount) => sum + amount, 0) };
  }

  private async add(event: Deposited | Noted, stream: string): Promise<number> {
    this.events.push(event);
    const commit = this.store.commit(stream, [event]);
    // Most commits share a flush with others, as in a busy program.
    if (this.events.length % 10 === 0) await commit.flushed;
    return commit.lastPosition;
  }
}
