/** The record that tells readers which version of a projection to read, and how its parts are merged: reloads keep it correct. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 3 } });

/** `first`: the code that the module runs before anything else. */
function write(merge = 'union', first = '', version = 1): string {
  return bed.write(
    'count.mjs',
    `
      ${first}
      const on = { Deposited: (count) => count + 1 };
      const partitionBy = ({ account }) => account;
      const rest = { initialState: 0, parts: 2, partitionBy, merge: '${merge}', on };
      export const projection = { name: 'count', stream: '_all', version: ${version}, ...rest };
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
  /** Starts a projector that gives up the projection because of its record. Returns the path of the record. */
  async function openDamaged(workers: 'processes' | 'threads' = 'threads'): Promise<string> {
    const rest = "stream: '_all', initialState: 0, on: { Deposited: (count) => count }";
    const other = bed.write('other.mjs', `export const projection = { name: 'other', ${rest} };`);
    const folder = join(bed.storageDirectory, 'ledger/consumers/live');
    const path = join(folder, 'projection.count.state');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, 'damaged');
    const projector = bed.open([write('sum'), other], { workers });
    projector.on('failed', () => undefined);
    await projector.start();
    expect(bed.statusOf('count').state).toBe('failed');
    return path;
  }

  async function expectToGoOn(): Promise<void> {
    bed.projector.resume('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.statusOf('count').state).toBe('running');
    expect(bed.projector.failures()).toEqual([]);
  }

  it('comes back with a reload', async () => {
    rmSync(await openDamaged());
    await bed.projector.reload('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.statusOf('count').state).toBe('running');
  });

  // A bug once stopped its workers for good, so that there was none to resume.
  it('comes back when the projection is resumed', async () => {
    rmSync(await openDamaged());
    await expectToGoOn();
    expect(bed.projector.state('count')?.state).toBe(1);
  });

  // A bug once ran the changed version next to one that did not run, and whose failure was reported forever.
  it('comes back with a reload to a changed version', async () => {
    rmSync(await openDamaged());
    write('sum', '', 2);
    await bed.projector.reload('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.statusOf('count')).toMatchObject({ state: 'running', version: 2, liveVersion: 2, rebuild: undefined });
    expect(bed.projector.failures()).toEqual([]);
  });

  it('lets the projection rest that was told to in the turn in which it is resumed', async () => {
    rmSync(await openDamaged());
    bed.projector.resume('count');
    await bed.projector.pause('count');
    expect(bed.statusOf('count').state).toBe('paused');
    await expectToGoOn();
  });

  // A bug once gave it up because of the pause.
  it.each(['processes', 'threads'] as const)(
    'lets the projection rest that was told to while it is loaded anew, in %s',
    async (workers) => {
      rmSync(await openDamaged(workers));
      const gate = bed.gate();
      write('sum', gate.code);
      bed.projector.resume('count');
      await expect.poll(gate.isReached, patience).toBe(true);
      const paused = bed.projector.pause('count');
      gate.open();
      await paused;
      expect(bed.statusOf('count').state).toBe('paused');
      await expectToGoOn();
    },
  );

  // A bug once never told its workers to run.
  it('can be followed by a module that does not load, and one that does', async () => {
    rmSync(await openDamaged());
    write('sum', "throw new Error('wrong');");
    bed.projector.resume('count');
    await expect.poll(() => bed.statusOf('count').lastError?.code, patience).toBe('PROJECTION_LOAD');
    expect(bed.statusOf('count').state).toBe('failed');
    write('sum');
    await expectToGoOn();
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
