import { defineProjection } from '../../src/index.ts';
import type { Deposited } from '../ledger.ts';

/** Counts deposits, in a state that fills the buffers of a connection. */
export const projection = defineProjection<
  { readonly count: number; readonly ballast: string },
  { Deposited: Deposited }
>({
  name: 'bulky',
  stream: '_all',
  initialState: { count: 0, ballast: 'x'.repeat(4_000_000) },
  on: { Deposited: ({ count, ballast }) => ({ count: count + 1, ballast }) },
});
