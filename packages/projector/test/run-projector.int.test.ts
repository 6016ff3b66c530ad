/** The projector as a program: how it ends on signals, and what happens to its workers when it is killed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProjectionStatus, readProjectionState } from '../src/index.ts';
import { endlessAmount, Ledger } from './ledger.ts';
import { isAlive, isBusy } from './processes.ts';
import { projection as anna } from './projections/anna.ts';
import { projection as balances } from './projections/balances.ts';
import { projection as hanging } from './projections/hanging.ts';

let storageDirectory: string;
let store: EventStore;
let ledger: Ledger;
/** The timeout for what happens soon, on a machine that may be busy. */
const patience = { timeout: 20_000 };
const groups: number[] = [];

beforeEach(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-projector-'));
  store = await EventStore.open('ledger', { storageDirectory });
  ledger = new Ledger(store);
});

afterEach(async () => {
  for (const group of groups.splice(0)) {
    if (isAlive(-group)) process.kill(-group, 'SIGKILL');
  }
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

/** Starts the program in its own process group, as a terminal does. */
function launch(...names: string[]): ChildProcessWithoutNullStreams {
  return launchProgram('supervisor', names);
}

function launchProgram(name: string, names: readonly string[]): ChildProcessWithoutNullStreams {
  const program = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  const modules = names.map((name) => fileURLToPath(new URL(`projections/${name}.ts`, import.meta.url)));
  const subprocess = spawn(process.execPath, [program, storageDirectory, ...modules], { detached: true });
  groups.push(subprocess.pid!);
  return subprocess;
}

/** What the program prints when everything was handled. */
async function caughtUp(program: ChildProcessWithoutNullStreams): Promise<ProjectionStatus[]> {
  const [line] = (await once(createInterface({ input: program.stdout }), 'line')) as [string];
  return JSON.parse(line) as ProjectionStatus[];
}

async function exitOf(program: ChildProcessWithoutNullStreams): Promise<number | null> {
  const [exitCode] = (await once(program, 'exit')) as [number | null];
  return exitCode;
}

function pidsOf(statuses: readonly ProjectionStatus[]): number[] {
  return statuses.map(({ pid }) => pid!);
}

function expectExactStates(): void {
  const place = { storageDirectory, store: 'ledger' };
  expect(readProjectionState(balances, place).state).toEqual(ledger.balances());
  expect(readProjectionState(anna, place).state).toEqual(ledger.anna());
}

describe('runProjector', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('stops everything on %s, sent to the whole group', async (signal) => {
    await ledger.commit(300);
    const program = launch('balances', 'anna');
    const pids = pidsOf(await caughtUp(program));
    const ended = exitOf(program);
    process.kill(-program.pid!, signal);
    expect(await ended).toBe(0);
    expect(pids.some(isAlive)).toBe(false);
    expectExactStates();
  });

  it('leaves no worker behind when it is killed, and their states are exact', async () => {
    await ledger.commit(300);
    const program = launch('balances', 'anna');
    const pids = pidsOf(await caughtUp(program));
    process.kill(program.pid!, 'SIGKILL');
    await expect.poll(() => pids.some(isAlive), patience).toBe(false);
    expectExactStates();
  });

  it('leaves no worker behind when it is killed while a function never returns', async () => {
    const last = await ledger.commit(30);
    const program = launch('hanging');
    const [pid] = pidsOf(await caughtUp(program)) as [number];
    await store.commit('account-anna', { type: 'Deposited', account: 'anna', amount: endlessAmount }).flushed;
    await expect.poll(() => isBusy(pid), patience).toBe(true);
    process.kill(program.pid!, 'SIGKILL');
    await expect.poll(() => isAlive(pid), patience).toBe(false);
    expect(readProjectionState(hanging, { storageDirectory, store: 'ledger' }).position).toBe(last);
  });

  it('exits with an error when it cannot start', async () => {
    const program = launch('balances', 'no-such-projection');
    const [exitCode, stderr] = await Promise.all([exitOf(program), text(program.stderr)]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('PROJECTION_LOAD');
  });

  it('exits with an error when no projection is left', async () => {
    await ledger.deposit('anna', 666);
    const program = launch('poisoned');
    const [exitCode, stderr] = await Promise.all([exitOf(program), text(program.stderr)]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('WORKER_FAILED');
    expect(stderr).toContain('I cannot count that');
  });

  it('does not lose what a listener throws', async () => {
    const program = launchProgram('throwing-listener', ['balances']);
    const [exitCode, stderr] = await Promise.all([exitOf(program), text(program.stderr)]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the listener is at fault');
  });
});
