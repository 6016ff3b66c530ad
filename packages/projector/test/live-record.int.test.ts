/** What tells readers which version of a projection to read, and how its parts are merged: kept right by reloads. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

describe('that was damaged, and removed', () => {
  /** Starts a projector, which gives up the projection for its record. Returns the path of that. */
  async function openDamaged(): Promise<string> {
    const rest = "stream: '_all', initialState: 0, on: { Deposited: (count) => count }";
    const other = bed.write('other.mjs', `export const projection = { name: 'other', ${rest} };`);
    const folder = join(bed.storageDirectory, 'ledger/consumers/live');
    const path = join(folder, 'projection.count.state');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, 'damaged');
    const projector = bed.open([write('sum'), other], { workers: 'threads' });
    projector.on('failed', () => undefined);
    await projector.start();
    expect(bed.statusOf('count').state).toBe('failed');
    return path;
  }

  it('comes back with a reload', async () => {
    rmSync(await openDamaged());
    await bed.projector.reload('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.statusOf('count').state).toBe('running');
  });

  // Its workers had been stopped for good, so that there was nobody to resume.
  it('comes back when the projection is resumed', async () => {
    rmSync(await openDamaged());
    bed.projector.resume('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.statusOf('count').state).toBe('running');
    expect(bed.projector.failures()).toEqual([]);
    expect(bed.projector.state('count')?.state).toBe(1);
  });

  it.each([
    { method: 'resume', outcome: undefined },
    { method: 'reload', outcome: 'CONSUMER_STATE' },
  ] as const)('is told again at a $method while it is still damaged', async ({ method, outcome }) => {
    await openDamaged();
    const failed = once(bed.projector, 'failed');
    const refused = await Promise.resolve(bed.projector[method]('count')).catch((error: unknown) => error);
    expect((refused as { code?: string } | undefined)?.code).toBe(outcome);
    expect(await failed).toMatchObject(['count', { code: 'CONSUMER_STATE' }]);
    const position = await bed.ledger.deposit('anna', 1);
    await expect(bed.projector.waitFor('count', position)).rejects.toMatchObject({ code: 'CONSUMER_STATE' });
    expect(bed.statusOf('count')).toMatchObject({ state: 'failed', pid: undefined });
  });
});
