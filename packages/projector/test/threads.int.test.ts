/** Workers as threads: what holds for processes holds for them, as far as one process can guarantee it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { deadlyAmount, endlessAmount } from './ledger.ts';
import { modules, patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ workers: 'threads', restart: { initialDelayMs: 10, maxFailures: 20 } });

it('builds the states that a plain loop gives, also in parts, and goes on after a stop', async () => {
  for (let run = 0; run < 2; run++) {
    const before = await bed.ledger.commit(300);
    const projector = bed.open(modules('balances', 'anna', 'shares'));
    await projector.start();
    await projector.waitFor('balances', before);
    const last = await bed.ledger.commit(100);
    for (const name of ['balances', 'anna', 'shares']) await projector.waitFor(name, last);
    expect(projector.state('balances')).toEqual({ position: last, state: bed.ledger.balances(), version: 1 });
    expect(projector.state('anna')?.state).toEqual(bed.ledger.anna());
    expect(projector.state('shares')?.state).toMatchObject({ balances: bed.ledger.balances() });
    for (const status of projector.status()) {
      expect(status).toMatchObject({ state: 'running', pid: undefined, restarts: 0 });
    }
    await projector.stop();
    expect(projector.status().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  }
});

it('gives up a projection that fails, and leaves the others alone', async () => {
  const position = await bed.ledger.deposit('anna', 666);
  const projector = bed.open(modules('poisoned', 'balances'), { restart: { initialDelayMs: 10, maxFailures: 3 } });
  projector.on('failed', () => undefined);
  await projector.start();
  await expect(projector.waitFor('poisoned', position)).rejects.toMatchObject({ code: 'WORKER_FAILED', position });
  await projector.waitFor('balances', await bed.ledger.commit(10));
  expect(projector.state('balances')?.state).toEqual(bed.ledger.balances());
});

it.each([
  ['ends its thread', deadlyAmount, 'thread ended'],
  ['never returns', endlessAmount, 'no sign of life'],
])('finds the event at which a function %s', async (_, amount, message) => {
  await bed.ledger.commit(20);
  const position = await bed.ledger.deposit('anna', amount);
  const last = await bed.ledger.commit(20);
  const projector = bed.open(modules('tolerant'), { heartbeat: { intervalMs: 100, timeoutMs: 2000 } });
  await projector.start();
  await projector.waitFor('tolerant', last);
  expect(projector.deadLetters('tolerant')).toMatchObject([
    { position, error: { message: expect.stringContaining(message) as string } },
  ]);
});

it('stops in time, also a function that never returns', async () => {
  const projector = bed.open(modules('hanging'));
  await projector.start();
  await bed.ledger.deposit('anna', endlessAmount);
  await bed.store.commit('account-anna', { type: 'Noted', text: 'behind it' }).flushed;
  await projector.stop({ timeoutMs: 300 });
  expect(bed.statusOf('hanging')).toMatchObject({ state: 'stopped', savedPosition: 0 });
});

// A bug once counted such a thread as gone 500 ms after it was told to end: the next ones were refused with
// `CONSUMER_IN_USE`, until the projection was given up.
it('begins no other thread while one is still in a call that cannot be ended', async () => {
  const gate = join(bed.storageDirectory, 'gate');
  // A shell that waits for the gate, but not forever.
  const script = `for i in $(seq 300); do [ -e '${gate}' ] && break; sleep 0.1; done`;
  const blocking = bed.write(
    'blocking.mjs',
    `
      import { spawnSync } from 'node:child_process';
      const Deposited = (count) => {
        spawnSync('sh', ['-c', ${JSON.stringify(script)}]);
        return count + 1;
      };
      export const projection = { name: 'blocking', stream: '_all', initialState: 0, on: { Deposited } };
    `,
  );
  const projector = bed.open([blocking], { heartbeat: { intervalMs: 100, timeoutMs: 2000 } });
  const restarts: string[] = [];
  projector.on('restart', ({ error }) => restarts.push(error.message));
  await projector.start();
  const position = await bed.ledger.deposit('anna', 1);
  bed.store.flush();
  await expect.poll(() => bed.statusOf('blocking').state, patience).toBe('restarting');
  await wait(1500);
  expect(bed.statusOf('blocking')).toMatchObject({
    state: 'restarting',
    lastError: { message: expect.stringContaining('no sign of life') as string },
  });
  expect(restarts).toEqual([]);
  writeFileSync(gate, '');
  await projector.waitFor('blocking', position);
  expect(projector.state('blocking')?.state).toBe(1);
  expect(restarts.filter((message) => !message.includes('no sign of life'))).toEqual([]);
});

it('loads a changed module anew', async () => {
  const write = (version: number, step: number): string => {
    const on = `{ Deposited: (count) => count + ${step} }`;
    const rest = `stream: '_all', version: ${version}, initialState: 0, on: ${on}`;
    return bed.write('count.mjs', `export const projection = { name: 'count', ${rest} };`);
  };
  const projector = bed.open([write(1, 1)]);
  await projector.start();
  await projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  for (const [version, step] of [
    [2, 10],
    [3, 100],
  ] as const) {
    write(version, step);
    await projector.reload('count');
    await expect.poll(() => bed.statusOf('count').liveVersion, patience).toBe(version);
    await projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(projector.state('count')).toMatchObject({ version, state: step * bed.ledger.events.length });
  }
});
