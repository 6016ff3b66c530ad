/** Workers as threads: what holds for processes holds for them, as far as one process can keep it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Projector, type ProjectorOptions } from '../src/index.ts';
import { deadlyAmount, endlessAmount, Ledger } from './ledger.ts';

const patience = { timeout: 20_000 };

let storageDirectory: string;
let store: EventStore;
let ledger: Ledger;
let projector: Projector | undefined;

beforeEach(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-threads-'));
  store = await EventStore.open('ledger', { storageDirectory });
  ledger = new Ledger(store);
});

afterEach(async () => {
  await projector?.stop();
  projector = undefined;
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

function open(names: string[], options: Partial<ProjectorOptions> = {}): Projector {
  const projections = names.map((name) => new URL(`projections/${name}.ts`, import.meta.url));
  const restart = { initialDelayMs: 10, maxFailures: 20 };
  projector = new Projector({
    storageDirectory,
    store: 'ledger',
    workers: 'threads',
    restart,
    projections,
    ...options,
  });
  return projector;
}

function statusOf(name: string) {
  return projector!.status().find((status) => status.name === name)!;
}

it('builds the states that a plain loop gives, also in parts, and goes on after a stop', async () => {
  for (let run = 0; run < 2; run++) {
    const before = await ledger.commit(300);
    const projector = open(['balances', 'anna', 'shares']);
    await projector.start();
    await projector.waitFor('balances', before);
    const last = await ledger.commit(100);
    for (const name of ['balances', 'anna', 'shares']) await projector.waitFor(name, last);
    expect(projector.state('balances')).toEqual({ position: last, state: ledger.balances(), version: 1 });
    expect(projector.state('anna')?.state).toEqual(ledger.anna());
    expect(projector.state('shares')?.state).toMatchObject({ balances: ledger.balances() });
    for (const status of projector.status()) {
      expect(status).toMatchObject({ state: 'running', pid: undefined, restarts: 0 });
    }
    await projector.stop();
    expect(projector.status().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  }
});

it('gives up a projection that fails, and leaves the others alone', async () => {
  const position = await ledger.deposit('anna', 666);
  const projector = open(['poisoned', 'balances'], { restart: { initialDelayMs: 10, maxFailures: 3 } });
  projector.on('failed', () => undefined);
  await projector.start();
  await expect(projector.waitFor('poisoned', position)).rejects.toMatchObject({ code: 'WORKER_FAILED', position });
  await projector.waitFor('balances', await ledger.commit(10));
  expect(projector.state('balances')?.state).toEqual(ledger.balances());
});

it.each([
  ['ends its thread', deadlyAmount, 'thread ended'],
  ['never returns', endlessAmount, 'no sign of life'],
])('finds the event at which a function %s', async (_, amount, message) => {
  await ledger.commit(20);
  const position = await ledger.deposit('anna', amount);
  const last = await ledger.commit(20);
  const projector = open(['tolerant'], { heartbeat: { intervalMs: 100, timeoutMs: 2000 } });
  await projector.start();
  await projector.waitFor('tolerant', last);
  expect(projector.deadLetters('tolerant')).toMatchObject([
    { position, error: { message: expect.stringContaining(message) as string } },
  ]);
});

it('stops in time, also a function that never returns', async () => {
  const projector = open(['hanging']);
  await projector.start();
  await ledger.deposit('anna', endlessAmount);
  await store.commit('account-anna', { type: 'Noted', text: 'behind it' }).flushed;
  await projector.stop({ timeoutMs: 300 });
  expect(statusOf('hanging')).toMatchObject({ state: 'stopped', savedPosition: 0 });
});

it('loads a changed module anew', async () => {
  const path = join(storageDirectory, 'count.mjs');
  const write = (version: number, step: number): void => {
    const on = `{ Deposited: (count) => count + ${step} }`;
    writeFileSync(
      path,
      `export const projection = { name: 'count', stream: '_all', version: ${version}, initialState: 0, on: ${on} };`,
    );
  };
  write(1, 1);
  const projector = open([], { projections: [path] });
  await projector.start();
  await projector.waitFor('count', await ledger.deposit('anna', 1));
  for (const [version, step] of [
    [2, 10],
    [3, 100],
  ] as const) {
    write(version, step);
    await projector.reload('count');
    await expect.poll(() => statusOf('count').liveVersion, patience).toBe(version);
    await projector.waitFor('count', await ledger.deposit('anna', 1));
    expect(projector.state('count')).toMatchObject({ version, state: step * ledger.events.length });
  }
});
