import { defineProjection } from '../../src/index.ts';

/** Ends its process whenever it is loaded. */
export const projection = defineProjection({
  name: 'dying',
  stream: '_all',
  initialState: 0,
  on: { Deposited: (count: number) => count + 1 },
});

process.stderr.write('the licence has expired\n');
process.exit(3);
