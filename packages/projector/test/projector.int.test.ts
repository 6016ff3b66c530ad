/** A projector with real worker processes, next to a writer in this process: the results equal those of a plain loop. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ProjectionRestart, readProjectionState } from '../src/index.ts';
import { isAlive } from './processes.ts';
import { projection as anna } from './projections/anna.ts';
import { projection as currencies } from './projections/currencies.ts';
import { projection as balances } from './projections/balances.ts';
import { modules, patience, useTestBed } from './test-bed.ts';

const bed = useTestBed();

function pidOf(name: string): number {
  return bed.statusOf(name).pid!;
}

describe('Projector', () => {
  it('gives a projection events in the version that it has upcasters to', async () => {
    bed.store.commit('account-old', { type: 'Deposited', account: 'old', amount: 1 });
    bed.store.commit('account-new', [{ type: 'Deposited', currency: 'USD' }, { type: 'Deposited' }]);
    await bed.open(modules('currencies')).start();
    await expect.poll(() => bed.statusOf('currencies').isLive, patience).toBe(true);
    await bed.projector.stop();
    const saved = readProjectionState(currencies, bed.place);
    expect(saved.state).toEqual({ EUR: 2, USD: 1 });
  });

  it('builds the states that a plain loop gives, from history and from live events', async () => {
    await bed.ledger.commit(500);
    const projector = bed.open(modules('balances', 'anna'));
    await projector.start();
    await expect.poll(() => bed.statusOf('balances').isLive && bed.statusOf('anna').isLive, patience).toBe(true);
    expect(bed.statusOf('balances').liveLag.count).toBe(0);

    await bed.ledger.commit(100);
    const last = await bed.ledger.deposit('anna', 1000);
    await projector.waitFor('balances', last);
    await projector.waitFor('anna', last);
    expect(projector.state('balances')).toEqual({ position: last, state: bed.ledger.balances(), version: 1 });
    expect(projector.state('anna')).toEqual({ position: last, state: bed.ledger.anna(), version: 2 });
    expect(readProjectionState(balances, bed.place).state).toEqual(bed.ledger.balances());
    expect(readProjectionState(anna, bed.place).state).toEqual(bed.ledger.anna());
    expect(bed.statusOf('balances')).toMatchObject({
      state: 'running',
      stream: '_all',
      version: 1,
      position: 601,
      savedPosition: 601,
      coveredPosition: 601,
      lag: { events: 0, ms: 0 },
      handledEvents: 601,
      restarts: 0,
      lastError: undefined,
    });
    expect(bed.statusOf('balances').liveLag.count).toBe(101);
    expect(bed.statusOf('balances').liveLag.p50Ms).toBeGreaterThan(0);
  });

  it('covers positions that hold nothing for a projection', async () => {
    await bed.ledger.deposit('anna', 1);
    const projector = bed.open(modules('anna'));
    await projector.start();
    const last = await bed.ledger.deposit('ben', 1);
    await projector.waitFor('anna', last);
    expect(bed.statusOf('anna')).toMatchObject({
      position: 1,
      savedPosition: 1,
      coveredPosition: 2,
      lag: { events: 0 },
    });
  });

  it('stops without leaving a process, and goes on from there the next time', async () => {
    const first = await bed.ledger.commit(300);
    const before = bed.open(modules('balances', 'anna'));
    await before.start();
    await before.waitFor('balances', first);
    const pids = [pidOf('balances'), pidOf('anna')];
    expect(pids.every(isAlive)).toBe(true);
    await before.stop();
    expect(pids.some(isAlive)).toBe(false);
    expect(before.status().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    await expect(before.waitFor('balances', first + 1)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(before.start()).rejects.toMatchObject({ code: 'STORE_CLOSED' });

    const last = await bed.ledger.commit(10);
    const after = bed.open(modules('balances'));
    await after.start();
    await after.waitFor('balances', last);
    expect(bed.statusOf('balances').handledEvents).toBe(10);
    expect(after.state('balances')?.state).toEqual(bed.ledger.balances());
  });

  it('restarts workers that are killed, and handles each event exactly once', async () => {
    const kills = 5;
    const restarts: ProjectionRestart[] = [];
    const projector = bed.open(modules('balances', 'anna'), { checkpoint: { everyEvents: 50, onCaughtUp: false } });
    projector.on('restart', (restart) => restarts.push(restart));
    await projector.start();
    for (let kill = 0; kill < kills; kill++) {
      const half = await bed.ledger.commit(200);
      // The saved state is at an earlier position: the events since then are handled again.
      await expect.poll(() => bed.statusOf('balances').position, patience).toBe(half);
      process.kill(pidOf('balances'), 'SIGKILL');
      await bed.ledger.commit(200);
      await expect.poll(() => bed.statusOf('balances').restarts, patience).toBe(kill + 1);
      await expect.poll(() => bed.statusOf('balances').state, patience).toBe('running');
    }
    const last = await bed.ledger.commit(1);
    await projector.waitFor('balances', last);
    await projector.waitFor('anna', last);
    expect(projector.state('balances')?.state).toEqual(bed.ledger.balances());
    expect(projector.state('anna')?.state).toEqual(bed.ledger.anna());
    expect(restarts.map(({ name }) => name)).toEqual(Array.from({ length: kills }, () => 'balances'));
    expect(restarts[0]!.error.message).toContain('SIGKILL');
    expect(bed.statusOf('balances').restarts).toBe(kills);
    expect(bed.statusOf('anna').restarts).toBe(0);
  });

  it('kills a worker that does not stop in time', async () => {
    const projector = bed.open(modules('hanging'));
    await projector.start();
    const pid = pidOf('hanging');
    const before = await bed.ledger.commit(20);
    await projector.waitFor('hanging', before);
    await bed.store.commit('account-anna', [{ type: 'Deposited', account: 'anna', amount: 777 }]).flushed;
    await projector.stop({ timeoutMs: 300 });
    expect(isAlive(pid)).toBe(false);
    expect(projector.state('hanging')).toMatchObject({ position: before });
  });

  it('keeps states in a directory of its own, when given one', async () => {
    const stateDirectory = join(bed.storageDirectory, 'states');
    const last = await bed.ledger.commit(30);
    const projector = bed.open(modules('balances'), { stateDirectory });
    await projector.start();
    await projector.waitFor('balances', last);
    expect(existsSync(join(bed.storageDirectory, 'ledger', 'consumers'))).toBe(false);
    expect(readdirSync(stateDirectory)).toContain('_all.balances.state');
    expect(projector.state('balances')?.state).toEqual(bed.ledger.balances());
    expect(readProjectionState(balances, { ...bed.place, stateDirectory }).position).toBe(last);
  });

  it('loads neither the writer nor the supervisor into its workers', async () => {
    const loads = join(bed.storageDirectory, 'loads');
    process.env['VARVE_TEST_LOADS'] = loads;
    const hook = new URL('programs/record-loads.ts', import.meta.url).href;
    const last = await bed.ledger.commit(10);
    const projector = bed.open(modules('balances'), { nodeOptions: ['--import', hook] });
    await projector.start();
    delete process.env['VARVE_TEST_LOADS'];
    await projector.waitFor('balances', last);
    const urls = readFileSync(loads, 'utf8').split('\n');
    expect(urls.filter((url) => url.includes('/packages/core/'))).not.toEqual([]);
    expect(urls.filter((url) => url.includes('/packages/writer/') || url.includes('/execa/'))).toEqual([]);
  });
});
