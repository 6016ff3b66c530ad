/** Pauses at bad moments: cancelled at once, two at a time, before everything is loaded, between two attempts. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { patience, useTestBed } from './test-bed.ts';

// A single failure would give the projection up.
const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 1 } });

/** A projection that counts deposits, but throws at an amount of 13. */
function write(): string {
  const Deposited = "(count, { amount }) => { if (amount === 13) throw new Error('no'); return count + 1; }";
  const rest = `stream: '_all', initialState: 0, onFailure: 'skip', attempts: 1, on: { Deposited: ${Deposited} }`;
  return bed.write('count.mjs', `export const projection = { name: 'count', ${rest} };`);
}

/** The messages of all failures that the projector reported. */
function listen(): string[] {
  const told: string[] = [];
  bed.projector.on('restart', ({ error }) => told.push(error.message));
  bed.projector.on('failed', (_, error) => told.push(error.message));
  return told;
}

it('that is taken back at once is no failure', async () => {
  await bed.open([write()]).start();
  const told = listen();
  const { pid } = bed.statusOf('count');
  const paused = bed.projector.pause('count');
  bed.projector.resume('count');
  await paused;
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  expect(bed.statusOf('count')).toMatchObject({ state: 'running', restarts: 0 });
  expect(bed.statusOf('count').pid).not.toBe(pid);
  expect(told).toEqual([]);
});

it('of two replays of dead letters at once are no failure', async () => {
  await bed.open([write()]).start();
  const told = listen();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 13));
  const replays = [bed.projector.replayDeadLetters('count'), bed.projector.replayDeadLetters('count')];
  expect(await Promise.all(replays)).toEqual([
    { replayed: 0, failed: 1 },
    { replayed: 0, failed: 1 },
  ]);
  expect(told).toEqual([]);
});

it('that comes while dead letters are to be replayed refuses the replay', async () => {
  await bed.open([write()]).start();
  const told = listen();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 13));
  const replay = bed.projector.replayDeadLetters('count');
  const paused = bed.projector.pause('count');
  await expect(replay).rejects.toMatchObject({ code: 'PROJECTION_PAUSED' });
  await paused;
  await expect.poll(() => bed.statusOf('count').state, patience).toBe('paused');
  expect(bed.projector.deadLetters('count')).toHaveLength(1);
  expect(told).toEqual([]);
});

// A bug once let the replay wait until the projection was resumed.
it('that comes while the process loads that is to replay dead letters refuses the replay', async () => {
  await bed.open([write()]).start();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 13));
  const replay = bed.projector.replayDeadLetters('count');
  await expect.poll(() => bed.statusOf('count').state, patience).toBe('starting');
  await bed.projector.pause('count');
  await expect(replay).rejects.toMatchObject({ code: 'PROJECTION_PAUSED' });
  expect(await bed.projector.replayDeadLetters('count')).toEqual({ replayed: 0, failed: 1 });
});

it('that is taken back at once keeps nobody from replaying dead letters', async () => {
  await bed.open([write()]).start();
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 13));
  const replay = bed.projector.replayDeadLetters('count');
  const paused = bed.projector.pause('count');
  bed.projector.resume('count');
  expect(await replay).toEqual({ replayed: 0, failed: 1 });
  await paused;
});

it('that comes while the projector loads others can be ended', async () => {
  const slow = `await new Promise((resolve) => setTimeout(resolve, 1000));
    export const projection = { name: 'slow', stream: '_all', initialState: 0, on: { Deposited: (count) => count } };`;
  const started = bed.open([write(), bed.write('slow.mjs', slow)]).start();
  const told = listen();
  await expect.poll(() => bed.projector.status().map(({ name }) => name), patience).toContain('count');
  await bed.projector.pause('count');
  await started;
  expect(bed.statusOf('count').state).toBe('paused');
  bed.projector.resume('count');
  await bed.projector.waitFor('count', await bed.ledger.deposit('anna', 1));
  expect(bed.statusOf('count').state).toBe('running');
  expect(told).toEqual([]);
});

it('by a signal, between two attempts at an event, lets the next process make the others', async () => {
  const Deposited = "() => { throw new Error('no'); }";
  const rest = `stream: '_all', initialState: 0, onFailure: 'skip', attempts: 3, on: { Deposited: ${Deposited} }`;
  const path = bed.write('failing.mjs', `export const projection = { name: 'failing', ${rest} };`);
  await bed.open([path], { restart: { initialDelayMs: 700, factor: 1, maxFailures: 3 } }).start();
  const last = await bed.ledger.deposit('anna', 1);
  bed.store.flush();
  await wait(300);
  process.kill(bed.statusOf('failing').pid!, 'SIGTERM');
  await bed.projector.waitFor('failing', last);
  expect(bed.statusOf('failing').state).toBe('running');
  expect(bed.projector.deadLetters('failing')).toHaveLength(1);
});
