/** The events for testing projections: amounts of some accounts, each determined by its number. */
export interface Added {
  readonly type: 'Added';
  readonly account: string;
  readonly amount: number;
}

const accounts = 20;
const poisonEvery = 997;

export function eventNumber(number: number): Added {
  return { type: 'Added', account: `account-${number % accounts}`, amount: (number * 31) % 1000 };
}

/** Whether the projection `tolerant` fails at the event. */
export function isPoison({ amount }: Added): boolean {
  return amount === (poisonEvery * 31) % 1000;
}
