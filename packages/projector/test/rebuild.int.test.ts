/** Projections in parts, and changed projections that are built next to the live version until they have caught up. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readProjectionState } from '../src/index.ts';
import { isAlive } from './processes.ts';
import { projection as shares } from './projections/shares.ts';
import { modules, patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 3 } });

afterEach(() => writeFileSync(gate(), ''));

/** A gate file: while it is missing, projections written with `waits` do not get past a deposit of 13. */
function gate(): string {
  return join(bed.storageDirectory, 'gate');
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
  return bed.write('count.mjs', text);
}

function deposits(): number {
  return bed.ledger.events.filter(({ type }) => type === 'Deposited').length;
}

/** The expected state of the projection in parts, from a plain loop. */
function sharesNow(): unknown {
  return { balances: bed.ledger.balances(), count: deposits() };
}

describe('a projection in parts', () => {
  it('is the work of a process for each part, and one when it is read', async () => {
    const last = await bed.ledger.commit(300);
    await bed.open(modules('shares')).start();
    await bed.projector.waitFor('shares', last);
    expect(bed.projector.state('shares')).toEqual({ position: last, state: sharesNow(), version: 1 });
    expect(readProjectionState(shares, bed.place).state).toEqual(sharesNow());
    const { parts, position, lag } = bed.statusOf('shares');
    expect({ position, lag }).toEqual({ position: last, lag: { events: 0, ms: 0 } });
    expect(new Set(parts.map(({ pid }) => pid)).size).toBe(3);
    expect(parts.map((part) => part.state)).toEqual(['running', 'running', 'running']);
  });

  it('has each event exactly once when parts are killed', async () => {
    await bed.open(modules('shares'), { checkpoint: { everyEvents: 20, onCaughtUp: false } }).start();
    for (let kill = 0; kill < 4; kill++) {
      await bed.ledger.commit(100);
      process.kill(bed.statusOf('shares').parts[kill % 3]!.pid!, 'SIGKILL');
      await expect.poll(() => bed.statusOf('shares').restarts, patience).toBe(kill + 1);
      await expect.poll(() => bed.statusOf('shares').state, patience).toBe('running');
    }
    await bed.projector.waitFor('shares', await bed.ledger.commit(30));
    expect(bed.projector.state('shares')?.state).toEqual(sharesNow());
  });

  it('is built anew when it is divided otherwise', async () => {
    const text = (parts: number): string => `
      const on = { Deposited: (sums, { account, amount }) => ({ ...sums, [account]: (sums[account] ?? 0) + amount }) };
      const partitionBy = ({ account }) => account;
      export const projection = { name: 'sums', stream: '_all', initialState: {}, parts: ${parts}, partitionBy, on };
    `;
    const last = await bed.ledger.commit(100);
    const path = write(text(2));
    await bed.open([path]).start();
    await bed.projector.waitFor('sums', last);
    await bed.projector.stop();
    write(text(3));
    const swaps: unknown[] = [];
    const projector = bed.open([path]);
    projector.on('swap', (name) => swaps.push(name));
    await projector.start();
    await projector.waitFor('sums', last);
    expect(swaps).toEqual(['sums']);
    expect(projector.state('sums')?.state).toEqual(bed.ledger.balances());
    expect(bed.statusOf('sums').parts).toHaveLength(3);
  });
});

describe('a changed projection', () => {
  it('is built while the state of the version before can be read, also when the projector ends meanwhile', async () => {
    await bed.ledger.commit(50);
    const last = await bed.ledger.deposit('anna', 13);
    const path = write(counting(1, 1));
    await bed.open([path]).start();
    await bed.projector.waitFor('count', last);
    await bed.projector.stop();

    write(counting(2, 10, true));
    for (const kill of [true, false]) {
      const projector = bed.open([path], { stopTimeoutMs: 200, checkpoint: { everyEvents: 5 } });
      await projector.start();
      expect(bed.statusOf('count')).toMatchObject({ state: 'rebuilding', version: 2, liveVersion: 1 });
      expect(projector.state('count')).toEqual({ position: last, state: deposits(), version: 1 });
      if (kill) await projector.stop();
    }
    const swaps: unknown[] = [];
    bed.projector.on('swap', (...swap) => swaps.push(swap));
    writeFileSync(gate(), '');
    await bed.projector.waitFor('count', last);
    expect(swaps).toEqual([['count', 2, 1]]);
    expect(bed.projector.state('count')).toEqual({ position: last, state: deposits() * 10, version: 2 });
    expect(bed.statusOf('count')).toMatchObject({ state: 'running', version: 2, liveVersion: 2 });
  });

  it('can be taken back: the version before is still there, and catches up', async () => {
    const path = write(counting(1, 1));
    await bed.ledger.commit(20);
    for (const [version, step] of [
      [1, 1],
      [2, 10],
      [1, 1],
    ] as const) {
      write(counting(version, step));
      await bed.open([path]).start();
      await bed.projector.waitFor('count', await bed.ledger.commit(20));
      expect(bed.projector.state('count')).toMatchObject({ state: deposits() * step, version });
      await bed.projector.stop();
    }
  });

  it('is built beside the one that runs after a reload, and takes its place', async () => {
    await bed.ledger.commit(50);
    await bed.ledger.deposit('anna', 13);
    await bed.open([write(counting(1, 1))]).start();
    const { pid } = bed.statusOf('count');
    write(counting(2, 10, true));
    const reloaded = bed.projector.reload('count');
    await expect.poll(() => bed.statusOf('count').rebuild?.state, patience).toBe('running');
    await reloaded;

    const last = await bed.ledger.commit(30);
    await bed.projector.waitFor('count', last);
    expect(bed.projector.state('count')).toEqual({ position: last, state: deposits(), version: 1 });
    expect(bed.statusOf('count')).toMatchObject({ state: 'running', version: 1, liveVersion: 1, pid });
    writeFileSync(gate(), '');
    await expect.poll(() => bed.statusOf('count').liveVersion, patience).toBe(2);
    const position = await bed.ledger.commit(30);
    await bed.projector.waitFor('count', position);
    expect(bed.projector.state('count')).toEqual({ position, state: deposits() * 10, version: 2 });
    expect(bed.statusOf('count').rebuild).toBeUndefined();
    await expect.poll(() => isAlive(pid!), patience).toBe(false);
  });

  it('of the same version goes on with its new code', async () => {
    const before = await bed.ledger.deposit('anna', 1);
    await bed.open([write(counting(1, 1))]).start();
    await bed.projector.waitFor('count', before);
    write(counting(1, 100));
    await bed.projector.reload('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.projector.state('count')?.state).toBe(101);
  });

  it.each([
    ['does not load', () => 'export const projection = {', 'PROJECTION_LOAD'],
    ['has another name', () => counting(1, 1).replace("'count'", "'other'"), 'PROJECTION_INVALID'],
  ])('that %s leaves the one that runs as it is', async (_, text, code) => {
    await bed.open([write(counting(1, 1))]).start();
    const { pid } = bed.statusOf('count');
    write(text());
    const failed: unknown[] = [];
    bed.projector.on('failed', (name) => failed.push(name));
    await expect(bed.projector.reload('count')).rejects.toMatchObject({ code });
    await bed.projector.waitFor('count', await bed.ledger.commit(10));
    expect(bed.projector.state('count')?.state).toBe(deposits());
    expect(bed.statusOf('count')).toMatchObject({ state: 'running', pid, rebuild: undefined });
    expect([...bed.projector.failures(), ...failed]).toEqual([]);
  });

  it('is loaded by itself when its file changes, where that is wanted', async () => {
    await bed.ledger.commit(20);
    await bed.open([write(counting(1, 1))], { reload: true }).start();
    const reloads: [string, unknown][] = [];
    bed.projector.on('reload', (name, error) => reloads.push([name, error]));
    write('export const projection = {');
    await expect.poll(() => reloads, patience).toMatchObject([['count', { code: 'PROJECTION_LOAD' }]]);
    write(counting(2, 10));
    await expect.poll(() => bed.statusOf('count').liveVersion, patience).toBe(2);
    expect(reloads.slice(1)).toEqual([['count', undefined]]);
    await bed.projector.waitFor('count', await bed.ledger.commit(10));
    expect(bed.projector.state('count')?.state).toBe(deposits() * 10);
  });
});
