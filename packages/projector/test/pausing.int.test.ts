/** Pauses that come at bad moments: one that is taken back at once, two replays of dead letters at a time. */
import { expect, it } from 'vitest';
import { useTestBed } from './test-bed.ts';

// One failure would be one too many.
const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 1 } });

/** A projection that counts deposits, but refuses those of 13. */
function write(): string {
  const Deposited = "(count, { amount }) => { if (amount === 13) throw new Error('no'); return count + 1; }";
  const rest = `stream: '_all', initialState: 0, onFailure: 'skip', attempts: 1, on: { Deposited: ${Deposited} }`;
  return bed.write('count.mjs', `export const projection = { name: 'count', ${rest} };`);
}

/** Messages of all failures that the projector told of. */
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
