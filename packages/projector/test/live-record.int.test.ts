/** What tells readers which version of a projection to read, and how its parts are merged: kept right by reloads. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 3 } });

function write(merge = 'union'): string {
  return bed.write(
    'count.mjs',
    `
      const on = { Deposited: (count) => count + 1 };
      const partitionBy = ({ account }) => account;
      const rest = { initialState: 0, parts: 2, partitionBy, merge: '${merge}', on };
      export const projection = { name: 'count', stream: '_all', ...rest };
    `,
  );
}

it('takes another way to merge the parts', async () => {
  const path = write();
  for (const account of ['anna', 'ben', 'cleo', 'dora', 'emil']) await bed.ledger.deposit(account, 1);
  const last = await bed.ledger.deposit('anna', 1);
  await bed.open([path]).start();
  await bed.projector.waitFor('count', last);
  write('sum');
  await bed.projector.reload('count');
  await bed.projector.waitFor('count', last);
  expect(bed.projector.state('count')?.state).toBe(6);
});

it('that was damaged, and removed, comes back with a reload', async () => {
  const other = bed.write(
    'other.mjs',
    "export const projection = { name: 'other', stream: '_all', initialState: 0, on: { Deposited: (count) => count } };",
  );
  const path = write();
  await bed.open([path, other]).start();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  await bed.projector.stop();
  const folder = join(bed.storageDirectory, 'ledger/consumers/live');
  const damaged = readdirSync(folder)
    .filter((name) => name.includes('.count') && name.endsWith('.state'))
    .map((name) => join(folder, name));
  expect(damaged).not.toEqual([]);
  for (const file of damaged) writeFileSync(file, 'damaged');
  const projector = bed.open([path, other]);
  projector.on('failed', () => undefined);
  await projector.start();
  expect(bed.statusOf('count').state).toBe('failed');
  for (const file of damaged) rmSync(file);
  await projector.reload('count');
  await projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  expect(bed.statusOf('count').state).toBe('running');
});
