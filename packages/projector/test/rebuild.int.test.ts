/** Projections in parts, and changed projections that are built beside the live version until they have caught up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Projector, type ProjectorOptions, readProjectionState } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { isAlive } from './processes.ts';
import { projection as shares } from './projections/shares.ts';

const patience = { timeout: 20_000 };

let storageDirectory: string;
let store: EventStore;
let ledger: Ledger;
let projector: Projector | undefined;

beforeEach(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-rebuild-'));
  store = await EventStore.open('ledger', { storageDirectory });
  ledger = new Ledger(store);
});

afterEach(async () => {
  writeFileSync(gate(), '');
  await projector?.stop();
  projector = undefined;
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

function open(projections: ProjectorOptions['projections'], options: Partial<ProjectorOptions> = {}): Projector {
  const restart = { initialDelayMs: 10, maxFailures: 3 };
  const fixed = { storageDirectory, store: 'ledger', workerOutput: 'ignore', restart } as const;
  projector = new Projector({ ...fixed, projections, ...options });
  return projector;
}

function statusOf(name: string) {
  return projector!.status().find((status) => status.name === name)!;
}

/** A file: while it is missing, projections written with `waits` do not get past a deposit of 13. */
function gate(): string {
  return join(storageDirectory, 'gate');
}

/** A projection that counts deposits in steps of `step`. */
function counting(version: number, step: number, waits = false): string {
  const wait = `while (amount === 13 && !existsSync(${JSON.stringify(gate())})) Atomics.wait(still, 0, 0, 5);`;
  return `
    import { existsSync } from 'node:fs';
    const still = new Int32Array(new SharedArrayBuffer(4));
    const Deposited = (count, { amount }) => { ${waits ? wait : ''} return count + ${step}; };
    export const projection = { name: 'count', stream: '_all', version: ${version}, initialState: 0, on: { Deposited } };
  `;
}

function write(text: string): string {
  const path = join(storageDirectory, 'count.mjs');
  writeFileSync(path, text);
  return path;
}

function deposits(): number {
  return ledger.events.filter(({ type }) => type === 'Deposited').length;
}

/** The state of the projection in parts, by a plain loop. */
function sharesNow(): unknown {
  return { balances: ledger.balances(), count: deposits() };
}

describe('a projection in parts', () => {
  const module = new URL('projections/shares.ts', import.meta.url);

  it('is the work of a process for each part, and one when it is read', async () => {
    const last = await ledger.commit(300);
    await open([module]).start();
    await projector!.waitFor('shares', last);
    expect(projector!.state('shares')).toEqual({ position: last, state: sharesNow(), version: 1 });
    expect(readProjectionState(shares, { storageDirectory, store: 'ledger' }).state).toEqual(sharesNow());
    const { parts, position, lag } = statusOf('shares');
    expect({ position, lag }).toEqual({ position: last, lag: { events: 0, ms: 0 } });
    expect(new Set(parts.map(({ pid }) => pid)).size).toBe(3);
    expect(parts.map((part) => part.state)).toEqual(['running', 'running', 'running']);
  });

  it('has each event exactly once when parts are killed', async () => {
    await open([module], { checkpoint: { everyEvents: 20, onCaughtUp: false } }).start();
    for (let kill = 0; kill < 4; kill++) {
      await ledger.commit(100);
      process.kill(statusOf('shares').parts[kill % 3]!.pid!, 'SIGKILL');
      await expect.poll(() => statusOf('shares').restarts, patience).toBe(kill + 1);
      await expect.poll(() => statusOf('shares').state, patience).toBe('running');
    }
    await projector!.waitFor('shares', await ledger.commit(30));
    expect(projector!.state('shares')?.state).toEqual(sharesNow());
  });

  it('is built anew when it is divided otherwise', async () => {
    const text = (parts: number): string => `
      const on = { Deposited: (sums, { account, amount }) => ({ ...sums, [account]: (sums[account] ?? 0) + amount }) };
      const partitionBy = ({ account }) => account;
      export const projection = { name: 'sums', stream: '_all', initialState: {}, parts: ${parts}, partitionBy, on };
    `;
    const last = await ledger.commit(100);
    const path = write(text(2));
    await open([path]).start();
    await projector!.waitFor('sums', last);
    await projector!.stop();
    write(text(3));
    const swaps: unknown[] = [];
    projector = open([path]);
    projector.on('swap', (name) => swaps.push(name));
    await projector.start();
    await projector.waitFor('sums', last);
    expect(swaps).toEqual(['sums']);
    expect(projector.state('sums')?.state).toEqual(ledger.balances());
    expect(statusOf('sums').parts).toHaveLength(3);
  });
});

describe('a changed projection', () => {
  it('is built while the state of the version before can be read, also when the projector ends meanwhile', async () => {
    await ledger.commit(50);
    const last = await ledger.deposit('anna', 13);
    const path = write(counting(1, 1));
    await open([path]).start();
    await projector!.waitFor('count', last);
    await projector!.stop();

    write(counting(2, 10, true));
    for (const kill of [true, false]) {
      projector = open([path], { stopTimeoutMs: 200, checkpoint: { everyEvents: 5 } });
      await projector.start();
      expect(statusOf('count')).toMatchObject({ state: 'rebuilding', version: 2, liveVersion: 1 });
      expect(projector.state('count')).toEqual({ position: last, state: deposits(), version: 1 });
      if (kill) await projector.stop();
    }
    const swaps: unknown[] = [];
    projector!.on('swap', (...swap) => swaps.push(swap));
    writeFileSync(gate(), '');
    await projector!.waitFor('count', last);
    expect(swaps).toEqual([['count', 2, 1]]);
    expect(projector!.state('count')).toEqual({ position: last, state: deposits() * 10, version: 2 });
    expect(statusOf('count')).toMatchObject({ state: 'running', version: 2, liveVersion: 2 });
  });

  it('can be taken back: the version before is still there, and catches up', async () => {
    const path = write(counting(1, 1));
    await ledger.commit(20);
    for (const [version, step] of [
      [1, 1],
      [2, 10],
      [1, 1],
    ] as const) {
      write(counting(version, step));
      await open([path]).start();
      await projector!.waitFor('count', await ledger.commit(20));
      expect(projector!.state('count')).toMatchObject({ state: deposits() * step, version });
      await projector!.stop();
    }
  });

  it('is built beside the one that runs after a reload, and takes its place', async () => {
    await ledger.commit(50);
    await ledger.deposit('anna', 13);
    await open([write(counting(1, 1))]).start();
    const { pid } = statusOf('count');
    write(counting(2, 10, true));
    const reloaded = projector!.reload('count');
    await expect.poll(() => statusOf('count').rebuild?.state, patience).toBe('running');
    await reloaded;

    const last = await ledger.commit(30);
    await projector!.waitFor('count', last);
    expect(projector!.state('count')).toEqual({ position: last, state: deposits(), version: 1 });
    expect(statusOf('count')).toMatchObject({ state: 'running', version: 1, liveVersion: 1, pid });
    writeFileSync(gate(), '');
    await expect.poll(() => statusOf('count').liveVersion, patience).toBe(2);
    const position = await ledger.commit(30);
    await projector!.waitFor('count', position);
    expect(projector!.state('count')).toEqual({ position, state: deposits() * 10, version: 2 });
    expect(statusOf('count').rebuild).toBeUndefined();
    await expect.poll(() => isAlive(pid!), patience).toBe(false);
  });

  it('of the same version goes on with its new code', async () => {
    const before = await ledger.deposit('anna', 1);
    await open([write(counting(1, 1))]).start();
    await projector!.waitFor('count', before);
    write(counting(1, 100));
    await projector!.reload('count');
    await projector!.waitFor('count', await ledger.deposit('anna', 1));
    expect(projector!.state('count')?.state).toBe(101);
  });

  it.each([
    ['does not load', () => 'export const projection = {', 'PROJECTION_LOAD'],
    ['has another name', () => counting(1, 1).replace("'count'", "'other'"), 'PROJECTION_INVALID'],
  ])('that %s leaves the one that runs as it is', async (_, text, code) => {
    await open([write(counting(1, 1))]).start();
    const { pid } = statusOf('count');
    write(text());
    const failed: unknown[] = [];
    projector!.on('failed', (name) => failed.push(name));
    await expect(projector!.reload('count')).rejects.toMatchObject({ code });
    await projector!.waitFor('count', await ledger.commit(10));
    expect(projector!.state('count')?.state).toBe(deposits());
    expect(statusOf('count')).toMatchObject({ state: 'running', pid, rebuild: undefined });
    expect([...projector!.failures(), ...failed]).toEqual([]);
  });

  it('is loaded by itself when its file changes, where that is wanted', async () => {
    await ledger.commit(20);
    await open([write(counting(1, 1))], { reload: true }).start();
    const reloads: [string, unknown][] = [];
    projector!.on('reload', (name, error) => reloads.push([name, error]));
    write('export const projection = {');
    await expect.poll(() => reloads, patience).toMatchObject([['count', { code: 'PROJECTION_LOAD' }]]);
    write(counting(2, 10));
    await expect.poll(() => statusOf('count').liveVersion, patience).toBe(2);
    expect(reloads.slice(1)).toEqual([['count', undefined]]);
    await projector!.waitFor('count', await ledger.commit(10));
    expect(projector!.state('count')?.state).toBe(deposits() * 10);
  });
});
