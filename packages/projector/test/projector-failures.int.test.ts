/** Modules that are not projections, workers that die, events that poison: each is reported, and none harms the others. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ProjectionRestart, Projector, WorkerFailedError } from '../src/index.ts';
import { endlessAmount, poisonAmount } from './ledger.ts';
import { isAlive } from './processes.ts';
import { modules, patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 3 } });

/** The error with which `start` rejects; everything must have been stopped by then. */
async function refusal(projector: Projector): Promise<unknown> {
  const error: unknown = await projector.start().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(projector.status().filter(({ pid }) => pid !== undefined)).toEqual([]);
  return error;
}

describe('a module that is no projection', () => {
  it.each([
    ['is missing', undefined, 'PROJECTION_LOAD', /Check the path/],
    ['does not parse', 'export const projection = {', 'PROJECTION_LOAD', /Run `node /],
    ['throws', 'throw new Error("no such table");', 'PROJECTION_LOAD', /no such table/],
    ['imports what is missing', 'import "./not-there.mjs";', 'PROJECTION_LOAD', /not-there/],
    ['exports nothing', 'export const other = 1;', 'PROJECTION_INVALID', /it exports other/],
    [
      'exports what is none',
      'export const projection = { name: "p" };',
      'PROJECTION_INVALID',
      /has undefined as its stream/,
    ],
  ])('that %s is refused with its path', async (_, text, code, message) => {
    const path = text === undefined ? join(bed.storageDirectory, 'missing.mjs') : bed.write('broken.mjs', text);
    const error = await refusal(bed.open([...modules('balances'), path]));
    expect(error).toMatchObject({ code, path, message: expect.stringMatching(message) as string });
    expect(existsSync(join(bed.storageDirectory, 'ledger', 'consumers'))).toBe(false);
  });

  it('that ends its process on every start is given up', async () => {
    const restarts: ProjectionRestart[] = [];
    const projector = bed.open(modules('balances', 'dying'));
    projector.on('restart', (restart) => restarts.push(restart));
    const error = await refusal(projector);
    expect(error).toBeInstanceOf(WorkerFailedError);
    expect(error).toMatchObject({
      code: 'WORKER_FAILED',
      exitCode: 3,
      failures: 3,
      stderr: ['the licence has expired'],
    });
    expect((error as Error).message).toContain('exit code 3');
    expect(restarts.map(({ delayMs }) => delayMs)).toEqual([10, 20]);
    expect(projector.status().map(({ state }) => state)).toEqual(['stopped', 'failed']);
  });

  it('has the name of another one', async () => {
    const error = await refusal(bed.open(modules('balances', 'anna', 'balances')));
    expect(error).toMatchObject({
      code: 'PROJECTION_INVALID',
      message: expect.stringContaining('"balances"') as string,
    });
    expect(existsSync(join(bed.storageDirectory, 'ledger', 'consumers'))).toBe(false);
  });

  it('may export by default, without help', async () => {
    const on = '{ Deposited: (count) => count + 1 }';
    const text = `export default { name: 'plain', stream: '_all', initialState: 0, on: ${on} };`;
    const projector = bed.open([bed.write('plain.mjs', text)]);
    await projector.start();
    await projector.waitFor('plain', await bed.ledger.deposit('anna', 1));
    expect(projector.state('plain')).toEqual({ position: 1, state: 1, version: 1 });
  });
});

describe('a projector that is stopped', () => {
  it('while a module is being loaded does not wait for it', async () => {
    const text = 'await new Promise((resolve) => setTimeout(resolve, 2 ** 30)); export const projection = {};';
    const projector = bed.open([bed.write('slow.mjs', text), ...modules('balances')]);
    const started = projector.start();
    await expect.poll(() => bed.projector.status()[1]?.pid, patience).toBeTypeOf('number');
    const pids = projector.status().map(({ pid }) => pid!);
    await Promise.all([expect(started).rejects.toMatchObject({ code: 'STORE_CLOSED' }), projector.stop()]);
    expect(pids.some(isAlive)).toBe(false);
  });

  it('before it was started cannot be started', async () => {
    const projector = bed.open(modules('balances'));
    await projector.stop();
    await expect(projector.start()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(projector.status()).toMatchObject([{ state: 'stopped', pid: undefined }]);
  });

  it('lets go of those who wait', async () => {
    const projector = bed.open(modules('balances'));
    await projector.start();
    const waiting = projector.waitFor('balances', 100);
    const given = new AbortController();
    const impatient = projector.waitFor('balances', 100, { signal: given.signal });
    given.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'STORE_CLOSED' }), projector.stop()]);
    await expect(projector.waitFor('others', 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('a projection that fails', () => {
  it('at an event is given up with its state as it was before, and leaves the others alone', async () => {
    const before = await bed.ledger.commit(40);
    const poison = await bed.ledger.deposit('ben', poisonAmount);
    const projector = bed.open(modules('poisoned', 'balances'));
    const failed: [string, Error][] = [];
    projector.on('failed', (name, error) => failed.push([name, error]));
    await projector.start();
    await expect(projector.waitFor('poisoned', poison)).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      position: poison,
      failures: 3,
      message: expect.stringContaining('"Deposited" failed at position 41: I cannot count that') as string,
    });
    expect(failed).toEqual([['poisoned', expect.any(WorkerFailedError)]]);
    expect(bed.statusOf('poisoned')).toMatchObject({
      state: 'failed',
      savedPosition: before,
      restarts: 2,
      lastError: { position: poison, eventType: 'Deposited', stack: expect.stringContaining('poisoned.ts') as string },
    });
    const deposits = bed.ledger.events.filter(({ type }) => type === 'Deposited').length;
    expect(projector.state('poisoned')).toEqual({ position: before, state: deposits - 1, version: 1 });

    const last = await bed.ledger.commit(20);
    await projector.waitFor('balances', last);
    expect(projector.state('balances')?.state).toEqual(bed.ledger.balances());
    expect(bed.statusOf('balances').restarts).toBe(0);
  });

  it('by returning nothing is told so', async () => {
    const path = bed.write(
      'forgetful.mjs',
      `export const projection = { name: 'forgetful', stream: '_all', initialState: 0, on: { Deposited() {} } };`,
    );
    const projector = bed.open([path, ...modules('balances')]);
    projector.on('failed', () => undefined);
    await projector.start();
    const last = await bed.ledger.deposit('anna', 1);
    await expect(projector.waitFor('forgetful', last)).rejects.toThrow('it returned nothing');
  });

  it('is printed as a warning when nobody listens', async () => {
    await bed.ledger.deposit('anna', poisonAmount);
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    const projector = bed.open(modules('poisoned', 'balances'));
    await projector.start();
    const expected = expect.objectContaining({ code: 'WORKER_FAILED', projection: 'poisoned' }) as Error;
    await expect.poll(() => warnings, patience).toContainEqual(expected);
    process.off('warning', listener);
  });

  it('by changing the state it got is told so', async () => {
    const on = '{ Deposited(state) { state.count++; return state; } }';
    const text = `export const projection = { name: 'careless', stream: '_all', initialState: { count: 0 }, on: ${on} };`;
    const projector = bed.open([bed.write('careless.mjs', text), ...modules('balances')]);
    projector.on('failed', () => undefined);
    await projector.start();
    const last = await bed.ledger.deposit('anna', 1);
    await expect(projector.waitFor('careless', last)).rejects.toThrow('read only');
  });

  it('to give a sign of life is killed and restarted', async () => {
    const heartbeat = { intervalMs: 100, timeoutMs: 2000 };
    const projector = bed.open(modules('hanging'), { heartbeat, restart: { initialDelayMs: 10, maxFailures: 2 } });
    projector.on('failed', () => undefined);
    const restarts: ProjectionRestart[] = [];
    projector.on('restart', (restart) => restarts.push(restart));
    await projector.start();
    const last = await bed.ledger.deposit('anna', endlessAmount);
    await expect(projector.waitFor('hanging', last)).rejects.toThrow('no sign of life for 2000 ms');
    expect(restarts).toHaveLength(1);
  });
});

describe('a store that cannot be read', () => {
  it('is told when it is missing', async () => {
    const error = await refusal(bed.open(modules('balances', 'anna'), { store: 'other' }));
    expect(error).toMatchObject({ code: 'STORE_MISSING' });
    expect(readdirSync(bed.storageDirectory)).toEqual(['ledger']);
  });

  it('is told when a saved state is damaged, while other projections run', async () => {
    const last = await bed.ledger.commit(10);
    const before = bed.open(modules('balances', 'anna'));
    await before.start();
    await Promise.all([before.waitFor('balances', last), before.waitFor('anna', last)]);
    await before.stop();
    const path = join(bed.storageDirectory, 'ledger', 'consumers', '_all.balances.state');
    writeFileSync(path, 'something else');

    const after = bed.open(modules('balances', 'anna'));
    const failed: [string, Error][] = [];
    after.on('failed', (name, error) => failed.push([name, error]));
    await after.start();
    expect(failed).toEqual([['balances', expect.objectContaining({ code: 'CONSUMER_STATE', path }) as Error]]);
    expect(bed.statusOf('balances')).toMatchObject({ state: 'failed', restarts: 0 });
    await after.waitFor('anna', await bed.ledger.deposit('anna', 5));
    expect(after.state('anna')?.state).toEqual(bed.ledger.anna());
  });

  it('is told when another projector runs the projection', async () => {
    const first = bed.open(modules('balances'));
    await first.start();
    const restart = { initialDelayMs: 10, maxFailures: 3 };
    const plain = { ...bed.place, workerOutput: 'ignore', restart } as const;
    const second = new Projector({ ...plain, projections: modules('balances') });
    const error = await refusal(second);
    expect(error).toMatchObject({ code: 'WORKER_FAILED', cause: { code: 'CONSUMER_IN_USE' } });
    await first.waitFor('balances', await bed.ledger.deposit('anna', 5));
  });
});
