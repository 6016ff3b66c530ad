/** A projector with real worker processes, beside a writer in this one: what comes out is what a plain loop gives. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProjectionRestart, Projector, type ProjectorOptions, readProjectionState } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { isAlive } from './processes.ts';
import { projection as anna } from './projections/anna.ts';
import { projection as currencies } from './projections/currencies.ts';
import { projection as balances } from './projections/balances.ts';

/** For what happens soon, on a machine that may be busy. */
const patience = { timeout: 20_000 };

let storageDirectory: string;
let store: EventStore;
let ledger: Ledger;
let projector: Projector | undefined;

beforeEach(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-projector-'));
  store = await EventStore.open('ledger', { storageDirectory });
  ledger = new Ledger(store);
});

afterEach(async () => {
  await projector?.stop();
  projector = undefined;
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

function modules(...names: string[]): URL[] {
  return names.map((name) => new URL(`projections/${name}.ts`, import.meta.url));
}

function open(projections: ProjectorOptions['projections'], options: Partial<ProjectorOptions> = {}): Projector {
  projector = new Projector({ storageDirectory, store: 'ledger', projections, workerOutput: 'ignore', ...options });
  return projector;
}

function statusOf(name: string) {
  return projector!.status().find((status) => status.name === name)!;
}

function pidOf(name: string): number {
  return statusOf(name).pid!;
}

describe('Projector', () => {
  it('gives a projection events in the version that it has upcasters to', async () => {
    store.commit('account-old', { type: 'Deposited', account: 'old', amount: 1 });
    store.commit('account-new', [{ type: 'Deposited', currency: 'USD' }, { type: 'Deposited' }]);
    await open(modules('currencies')).start();
    await expect.poll(() => statusOf('currencies').isLive, patience).toBe(true);
    await projector!.stop();
    const saved = readProjectionState(currencies, { storageDirectory, store: 'ledger' });
    expect(saved.state).toEqual({ EUR: 2, USD: 1 });
  });

  it('builds the states that a plain loop gives, from history and from live events', async () => {
    await ledger.commit(500);
    const projector = open(modules('balances', 'anna'));
    await projector.start();
    await expect.poll(() => statusOf('balances').isLive && statusOf('anna').isLive, patience).toBe(true);
    expect(statusOf('balances').liveLag.count).toBe(0);

    await ledger.commit(100);
    const last = await ledger.deposit('anna', 1000);
    await projector.waitFor('balances', last);
    await projector.waitFor('anna', last);
    expect(projector.state('balances')).toEqual({ position: last, state: ledger.balances(), version: 1 });
    expect(projector.state('anna')).toEqual({ position: last, state: ledger.anna(), version: 2 });
    expect(readProjectionState(balances, { storageDirectory, store: 'ledger' }).state).toEqual(ledger.balances());
    expect(readProjectionState(anna, { storageDirectory, store: 'ledger' }).state).toEqual(ledger.anna());
    expect(statusOf('balances')).toMatchObject({
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
    expect(statusOf('balances').liveLag.count).toBe(101);
    expect(statusOf('balances').liveLag.p50Ms).toBeGreaterThan(0);
  });

  it('covers positions that hold nothing for a projection', async () => {
    await ledger.deposit('anna', 1);
    const projector = open(modules('anna'));
    await projector.start();
    const last = await ledger.deposit('ben', 1);
    await projector.waitFor('anna', last);
    expect(statusOf('anna')).toMatchObject({ position: 1, savedPosition: 1, coveredPosition: 2, lag: { events: 0 } });
  });

  it('stops without leaving a process, and goes on from there the next time', async () => {
    const first = await ledger.commit(300);
    const before = open(modules('balances', 'anna'));
    await before.start();
    await before.waitFor('balances', first);
    const pids = [pidOf('balances'), pidOf('anna')];
    expect(pids.every(isAlive)).toBe(true);
    await before.stop();
    expect(pids.some(isAlive)).toBe(false);
    expect(before.status().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    await expect(before.waitFor('balances', first + 1)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(before.start()).rejects.toMatchObject({ code: 'STORE_CLOSED' });

    const last = await ledger.commit(10);
    const after = open(modules('balances'));
    await after.start();
    await after.waitFor('balances', last);
    expect(statusOf('balances').handledEvents).toBe(10);
    expect(after.state('balances')?.state).toEqual(ledger.balances());
  });

  it('restarts workers that are killed, and handles each event exactly once', async () => {
    const kills = 5;
    const restarts: ProjectionRestart[] = [];
    const projector = open(modules('balances', 'anna'), { checkpoint: { everyEvents: 50, onCaughtUp: false } });
    projector.on('restart', (restart) => restarts.push(restart));
    await projector.start();
    for (let kill = 0; kill < kills; kill++) {
      const half = await ledger.commit(200);
      // The state saved last is somewhere behind: that many events are handled again.
      await expect.poll(() => statusOf('balances').position, patience).toBe(half);
      process.kill(pidOf('balances'), 'SIGKILL');
      await ledger.commit(200);
      await expect.poll(() => statusOf('balances').restarts, patience).toBe(kill + 1);
      await expect.poll(() => statusOf('balances').state, patience).toBe('running');
    }
    const last = await ledger.commit(1);
    await projector.waitFor('balances', last);
    await projector.waitFor('anna', last);
    expect(projector.state('balances')?.state).toEqual(ledger.balances());
    expect(projector.state('anna')?.state).toEqual(ledger.anna());
    expect(restarts.map(({ name }) => name)).toEqual(Array.from({ length: kills }, () => 'balances'));
    expect(restarts[0]!.error.message).toContain('SIGKILL');
    expect(statusOf('balances').restarts).toBe(kills);
    expect(statusOf('anna').restarts).toBe(0);
  });

  it('kills a worker that does not stop in time', async () => {
    const projector = open(modules('hanging'));
    await projector.start();
    const pid = pidOf('hanging');
    const before = await ledger.commit(20);
    await projector.waitFor('hanging', before);
    await store.commit('account-anna', [{ type: 'Deposited', account: 'anna', amount: 777 }]).flushed;
    await projector.stop({ timeoutMs: 300 });
    expect(isAlive(pid)).toBe(false);
    expect(projector.state('hanging')).toMatchObject({ position: before });
  });

  it('keeps states in a directory of its own, when given one', async () => {
    const stateDirectory = join(storageDirectory, 'states');
    const last = await ledger.commit(30);
    const projector = open(modules('balances'), { stateDirectory });
    await projector.start();
    await projector.waitFor('balances', last);
    expect(existsSync(join(storageDirectory, 'ledger', 'consumers'))).toBe(false);
    expect(readdirSync(stateDirectory)).toContain('_all.balances.state');
    expect(projector.state('balances')?.state).toEqual(ledger.balances());
    expect(readProjectionState(balances, { storageDirectory, store: 'ledger', stateDirectory }).position).toBe(last);
  });

  it('loads neither the writer nor the supervisor into its workers', async () => {
    const loads = join(storageDirectory, 'loads');
    process.env['VARVE_TEST_LOADS'] = loads;
    const hook = new URL('programs/record-loads.ts', import.meta.url).href;
    const last = await ledger.commit(10);
    const projector = open(modules('balances'), { nodeOptions: ['--import', hook] });
    await projector.start();
    delete process.env['VARVE_TEST_LOADS'];
    await projector.waitFor('balances', last);
    const urls = readFileSync(loads, 'utf8').split('\n');
    expect(urls.filter((url) => url.includes('/packages/core/'))).not.toEqual([]);
    expect(urls.filter((url) => url.includes('/packages/writer/') || url.includes('/execa/'))).toEqual([]);
  });
});
