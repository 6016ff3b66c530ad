/** Counts the currencies of deposits; the first version of the event has none. */
import { defineProjection } from '../../src/index.ts';

interface Events {
  Deposited: { readonly type: 'Deposited'; readonly currency: string };
}

export const projection = defineProjection<Readonly<Record<string, number>>, Events>({
  name: 'currencies',
  stream: '_all',
  initialState: {},
  upcasters: { Deposited: [(event) => ({ currency: 'EUR', ...event })] },
  on: { Deposited: (state, { currency }) => ({ ...state, [currency]: (state[currency] ?? 0) + 1 }) },
});
