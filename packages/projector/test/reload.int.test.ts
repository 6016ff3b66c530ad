/** Reloads at bad moments: one during another, one while the projector stops, and a swap that cannot be saved. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hashOfFile } from '../src/protocol/file-hash.ts';
import { ModuleWatch } from '../src/supervisor/module-watch.ts';
import { isAlive } from './processes.ts';
import { patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 3 } });

/** The ids of the processes that have loaded the module, in order; the module records them. */
function loads(): number[] {
  const path = join(bed.storageDirectory, 'loads');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : [];
}

/** Counts deposits in steps of its version. `first`: code that runs before each deposit; `load`: code of the module. */
function write(version: number, first = '', load = ''): string {
  return bed.write(
    'count.mjs',
    `
      ${load}
      import { appendFileSync } from 'node:fs';
      appendFileSync(${JSON.stringify(join(bed.storageDirectory, 'loads'))}, process.pid + '\\n');
      const still = new Int32Array(new SharedArrayBuffer(4));
      const Deposited = (count, { amount }) => { ${first} return count + ${version}; };
      export const projection = { name: 'count', stream: '_all', version: ${version}, initialState: 0, on: { Deposited } };
    `,
  );
}

it('comes after the one before it, and leaves no process behind', async () => {
  await bed.ledger.commit(20);
  await bed.open([write(1)]).start();
  write(2);
  await Promise.all([bed.projector.reload('count'), bed.projector.reload('count'), bed.projector.reload('count')]);
  await expect.poll(() => bed.statusOf('count').liveVersion, patience).toBe(2);
  await bed.projector.stop();
  expect(loads().filter(isAlive)).toEqual([]);
});

it('of the same version can be followed by another at once', async () => {
  await bed.ledger.commit(20);
  await bed.open([write(1)]).start();
  const reloads = [bed.projector.reload('count'), bed.projector.reload('count')];
  await Promise.all(reloads);
  const last = await bed.ledger.deposit('anna', 1);
  await bed.projector.waitFor('count', last);
  expect(bed.statusOf('count')).toMatchObject({ state: 'running', rebuild: undefined });
  await bed.projector.stop();
  expect(loads().filter(isAlive)).toEqual([]);
});

it('is refused when the projector stops before its turn', async () => {
  await bed.open([write(1)]).start();
  const reloads = [bed.projector.reload('count'), bed.projector.reload('count')];
  const outcomes = Promise.allSettled(reloads);
  await bed.projector.stop();
  expect(await outcomes).toMatchObject([{ reason: { code: 'STORE_CLOSED' } }, { reason: { code: 'STORE_CLOSED' } }]);
  expect(loads().filter(isAlive)).toEqual([]);
});

it('is over, with the version before it, when the projector has stopped', async () => {
  await bed.ledger.commit(20);
  await bed.open([write(1, 'while (amount === 13) Atomics.wait(still, 0, 0, 5);')], { stopTimeoutMs: 500 }).start();
  const { pid } = bed.statusOf('count');
  write(2);
  // The previous version is busy at the moment of the swap, and stays so until it is killed.
  await bed.ledger.deposit('anna', 13);
  const swapped = Promise.withResolvers<void>();
  bed.projector.on('swap', () => swapped.resolve());
  await Promise.all([bed.projector.reload('count'), swapped.promise]);
  expect(isAlive(pid!)).toBe(true);
  await bed.projector.stop();
  expect(loads().filter(isAlive)).toEqual([]);
});

it('leaves the version before as it is when the swap cannot be saved', async () => {
  await bed.ledger.commit(20);
  await bed.open([write(1)]).start();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  const { pid } = bed.statusOf('count');
  const live = join(bed.storageDirectory, 'ledger', 'consumers', 'live');
  for (const name of readdirSync(live)) if (name.endsWith('.state')) writeFileSync(join(live, name), 'damaged');
  const failed: unknown[] = [];
  bed.projector.on('failed', (name, error) => failed.push(error));
  write(2);
  await bed.projector.reload('count');
  await expect.poll(() => failed, patience).toMatchObject([{ code: 'CONSUMER_STATE' }]);
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  expect(bed.statusOf('count')).toMatchObject({
    state: 'running',
    version: 1,
    liveVersion: 1,
    pid,
    rebuild: undefined,
  });
  await bed.ledger.commit(20);
  expect(failed).toHaveLength(1);
});

it('does not keep the version that is being built from becoming live when the changed one fails', async () => {
  const gate = join(bed.storageDirectory, 'gate');
  const position = await bed.ledger.deposit('anna', 1);
  await bed.open([write(1)]).start();
  await bed.projector.waitFor('count', position);
  await bed.projector.stop();
  const isClosed = `!process.getBuiltinModule('node:fs').existsSync(${JSON.stringify(gate)})`;
  bed.open([write(2, `while (${isClosed}) Atomics.wait(still, 0, 0, 5);`)]);
  const failed: string[] = [];
  bed.projector.on('failed', (_, error) => failed.push(error.message));
  await bed.projector.start();
  write(3, "throw new Error('wrong');");
  await bed.projector.reload('count');
  await expect.poll(() => failed, patience).toMatchObject([expect.stringContaining('wrong')]);
  writeFileSync(gate, '');
  await expect.poll(() => bed.statusOf('count').liveVersion, patience).toBe(2);
  await bed.projector.waitFor('count', position);
  expect(bed.projector.state('count')).toMatchObject({ state: 2, version: 2 });
});

// A bug once built the returning version next to the other one, and never swapped it in, because it was live.
it('back to the version that is live takes the place of the one that is being built', async () => {
  const position = await bed.ledger.deposit('anna', 1);
  await bed.open([write(1)]).start();
  await bed.projector.waitFor('count', position);
  await bed.projector.stop();
  // Its first event keeps it busy until it is killed.
  bed.open([write(2, 'for (;;) Atomics.wait(still, 0, 0, 5);')], { stopTimeoutMs: 500 });
  await bed.projector.start();
  expect(bed.statusOf('count')).toMatchObject({ version: 2, liveVersion: 1 });
  write(1);
  await bed.projector.reload('count');
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  expect(bed.statusOf('count')).toMatchObject({ state: 'running', version: 1, liveVersion: 1, rebuild: undefined });
  expect(bed.projector.state('count')).toMatchObject({ state: 2, version: 1 });
});

it.each([1, 2])('to version %i lets a projection rest that was told to, until it is resumed', async (version) => {
  await bed.open([write(1)]).start();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  await bed.projector.pause('count');
  const failed: string[] = [];
  bed.projector.on('failed', (_, error) => failed.push(error.message));
  write(version, 'count += 10;');
  await bed.projector.reload('count');
  const last = await bed.ledger.deposit('anna', 1);
  await expect.poll(() => bed.statusOf('count').state, patience).toBe('paused');
  expect(loads().filter(isAlive)).toEqual([]);
  expect(bed.projector.state('count')).toMatchObject({ state: 1, version: 1 });
  bed.projector.resume('count');
  await expect.poll(() => bed.statusOf('count').liveVersion, patience).toBe(version);
  await bed.projector.waitFor('count', last);
  expect(bed.projector.state('count')).toMatchObject({ state: version === 1 ? 12 : 24, version });
  expect(failed).toEqual([]);
});

// A bug once lost what was known about the state, so that callers that waited for saved events waited for `resume`. In
// the next test, a bug once paused the changed version before it was loaded, so that it never was.
it('of a projection that rests keeps what is known of its state', async () => {
  await bed.open([write(1)]).start();
  const last = await bed.ledger.deposit('anna', 1);
  await bed.projector.waitFor('count', last);
  await bed.projector.pause('count');
  write(1, 'count += 10;');
  await bed.projector.reload('count');
  await bed.projector.waitFor('count', last);
  await expect.poll(() => bed.statusOf('count').state, patience).toBe('paused');
  expect(bed.statusOf('count')).toMatchObject({
    position: last,
    savedPosition: last,
    coveredPosition: last,
    pid: undefined,
  });
});

it.each([1, 2])('to version %i lets a projection rest that is told to while it is loaded', async (version) => {
  await bed.open([write(1)]).start();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  const gate = bed.gate();
  write(version, 'count += 10;', gate.code);
  const reloaded = bed.projector.reload('count');
  await expect.poll(gate.isReached, patience).toBe(true);
  const paused = bed.projector.pause('count');
  gate.open();
  await Promise.all([reloaded, paused]);
  expect(bed.statusOf('count')).toMatchObject({ state: 'paused', rebuild: undefined });
  expect(loads().filter(isAlive)).toEqual([]);
  const last = await bed.ledger.deposit('anna', 1);
  bed.projector.resume('count');
  await bed.projector.waitFor('count', last);
  expect(bed.projector.state('count')).toMatchObject({ state: version === 1 ? 12 : 24, version });
});

it('wakes a projection that paused by itself', async () => {
  const position = await bed.ledger.deposit('anna', 1);
  const rest = "stream: '_all', initialState: 0, onFailure: 'pause', attempts: 1";
  const text = (evolve: string): string =>
    `export const projection = { name: 'count', ${rest}, on: { Deposited: ${evolve} } };`;
  await bed.open([bed.write('cautious.mjs', text("() => { throw new Error('no'); }"))]).start();
  bed.projector.on('paused', () => undefined);
  await expect(bed.projector.waitFor('count', position)).rejects.toThrow('no');
  bed.write('cautious.mjs', text('(count) => count + 1'));
  await bed.projector.reload('count');
  await bed.projector.waitFor('count', position);
  expect(bed.projector.state('count')?.state).toBe(1);
});

it('cannot be followed by a replay of dead letters when the projector has stopped', async () => {
  await bed.open([write(1)]).start();
  await bed.projector.stop();
  await expect(bed.projector.replayDeadLetters('count')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
});

it('does not come by itself any more when the projector was stopped while it started', async () => {
  const path = write(1);
  bed.open([path], { reload: true });
  const reloads: unknown[] = [];
  bed.projector.on('reload', (...reload) => reloads.push(reload));
  bed.projector.on('status', ({ state }) => void (state === 'running' && bed.projector.stop()));
  const stopped = once(bed.projector, 'stop');
  await bed.projector.start();
  await stopped;
  const noticed = Promise.withResolvers<void>();
  const before = { [path]: hashOfFile(path) };
  const watch = new ModuleWatch(
    () => before,
    () => Promise.resolve(noticed.resolve()),
  );
  write(2);
  await noticed.promise;
  await watch.close();
  expect(reloads).toEqual([]);
});

it.each(['processes', 'threads'] as const)(
  'comes by itself when a file of the module changes, in %s',
  async (workers) => {
    bed.write('unit.mjs', 'export const unit = 1;');
    bed.write('step.mjs', "export { unit as step } from './unit.mjs';");
    const path = bed.write(
      'count.mjs',
      `
      import { step } from './step.mjs';
      const on = { Deposited: (count) => count + step };
      export const projection = { name: 'count', stream: '_all', initialState: 0, on };
    `,
    );
    const reloads: [string, Error | undefined][] = [];
    await bed.open([path], { reload: true, workers }).start();
    bed.projector.on('reload', (...reload) => reloads.push(reload));
    const countNext = async (): Promise<unknown> => {
      await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
      return bed.projector.state('count')?.state;
    };
    expect(await countNext()).toBe(1);
    bed.write('unit.mjs', 'export const unit = 10;');
    await expect.poll(() => reloads, patience).toEqual([['count', undefined]]);
    expect(await countNext()).toBe(11);
    bed.write('step.mjs', "export { unit as step } from './units.mjs';");
    await expect.poll(() => reloads[1], patience).toMatchObject(['count', { code: 'PROJECTION_LOAD' }]);
    expect(await countNext()).toBe(21);
    bed.write('units.mjs', 'export const unit = 100;');
    await expect.poll(() => reloads[2], patience).toEqual(['count', undefined]);
    expect(await countNext()).toBe(121);
    // A change of a file that no longer belongs to the module has no effect.
    bed.write('unit.mjs', 'export const unit = 1000;');
    bed.write('units.mjs', 'export const unit = 200;');
    await expect.poll(() => reloads[3], patience).toEqual(['count', undefined]);
    expect(await countNext()).toBe(321);
    expect(reloads).toHaveLength(4);
  },
);

it.each(['processes', 'threads'] as const)(
  'loads each file anew, also right after it failed, in %s',
  async (workers) => {
    bed.write('unit.mjs', 'export const unit = 1;');
    const path = bed.write(
      'count.mjs',
      `
      import { unit } from './unit.mjs';
      if (unit === 0) throw new Error('There is nothing to count.');
      const on = { Deposited: (count) => count + unit };
      export const projection = { name: 'count', stream: '_all', initialState: 0, on };
    `,
    );
    await bed.open([path], { workers }).start();
    bed.write('unit.mjs', 'export const unit = 0;');
    await expect(bed.projector.reload('count')).rejects.toMatchObject({ code: 'PROJECTION_LOAD' });
    bed.write('unit.mjs', 'export const unit = 10;');
    await bed.projector.reload('count');
    await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
    expect(bed.projector.state('count')?.state).toBe(10);
  },
);
