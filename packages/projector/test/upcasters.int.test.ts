/**
 * Upcasters of a projection that throw. A bug once called them where the event is read, before the projection's
 * attempts at it: whatever the failure policy said, the projection was restarted until it was given up.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { poisonAmount } from './ledger.ts';
import { patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ workers: 'threads', restart: { initialDelayMs: 10, maxFailures: 2 } });

/**
 * A sum of deposits in cents, to which an upcaster converts their amounts; an event that it gets twice is converted
 * twice. `check`: code that it runs first; `handle`: code that the projection runs for each deposit before it counts.
 */
function write(
  onFailure: string,
  check = `if (event.amount === ${poisonAmount}) throw new Error('no such amount');`,
  handle = '',
): string {
  const upcaster = `(event) => { ${check} event.amount *= 100; return event; }`;
  const rest = `onFailure: '${onFailure}', attempts: 2, upcasters: { Deposited: [${upcaster}] }`;
  const on = `{ Deposited: (sum, { amount }) => { ${handle} return sum + amount; } }`;
  return bed.write(
    'cents.mjs',
    `export const projection = { name: 'cents', stream: '_all', initialState: 0, ${rest}, on: ${on} };`,
  );
}

async function commit(): Promise<{ readonly poison: number; readonly last: number }> {
  await bed.ledger.deposit('anna', 1);
  const poison = await bed.ledger.deposit('ben', poisonAmount);
  return { poison, last: await bed.ledger.deposit('anna', 2) };
}

it('give the event to the dead letters of a projection that skips, as it was committed', async () => {
  const { poison, last } = await commit();
  await bed.open([write('skip')]).start();
  await bed.projector.waitFor('cents', last);
  expect(bed.projector.state('cents')?.state).toBe(300);
  const event = { type: 'Deposited', account: 'ben', amount: poisonAmount };
  expect(bed.projector.deadLetters('cents')).toMatchObject([
    { position: poison, eventType: 'Deposited', attempts: 2, error: { code: 'UPCAST', position: poison } },
  ]);
  expect(bed.projector.deadLetters('cents')[0]?.event).toEqual(event);
  write('skip', '');
  expect(await bed.projector.replayDeadLetters('cents')).toEqual({ replayed: 1, failed: 0 });
  expect(bed.projector.state('cents')?.state).toBe(300 + poisonAmount * 100);
});

it('let a projection that pauses rest before the event', async () => {
  const { poison, last } = await commit();
  await bed.open([write('pause')]).start();
  bed.projector.on('paused', () => undefined);
  await expect(bed.projector.waitFor('cents', poison)).rejects.toMatchObject({ cause: { code: 'UPCAST' } });
  await expect.poll(() => bed.statusOf('cents').state, patience).toBe('paused');
  expect(bed.statusOf('cents')).toMatchObject({ restarts: 0, lastError: { code: 'UPCAST', eventType: 'Deposited' } });
  expect(bed.projector.state('cents')).toMatchObject({ position: 1, state: 100 });
  write('pause', '');
  bed.projector.resume('cents');
  await bed.projector.waitFor('cents', last);
  expect(bed.projector.state('cents')?.state).toBe(300 + poisonAmount * 100);
});

it('let a projection that tries again be given up', async () => {
  const { poison } = await commit();
  await bed.open([write('retry')]).start();
  bed.projector.on('failed', () => undefined);
  await expect(bed.projector.waitFor('cents', poison)).rejects.toMatchObject({
    code: 'WORKER_FAILED',
    position: poison,
    cause: { code: 'UPCAST', position: poison },
  });
});

it.each(['skip', 'retry'])(
  'are called once for each attempt at an event, live and from history, with %s',
  async (onFailure) => {
    await bed.ledger.deposit('anna', 1);
    // With `retry`, the next attempt is made by another worker.
    const fail = `
      const { existsSync: exists, writeFileSync: write } = process.getBuiltinModule('node:fs');
      const mark = ${JSON.stringify(join(bed.storageDirectory, 'attempted-'))} + amount;
      if (!exists(mark)) {
        write(mark, '');
        throw new Error('the first attempt');
      }
    `;
    await bed.open([write(onFailure, '', fail)], { restart: { initialDelayMs: 10, maxFailures: 20 } }).start();
    const sums = [];
    for (const amount of [2, 3]) {
      await bed.projector.waitFor('cents', await bed.ledger.deposit('ben', amount));
      sums.push(bed.projector.state('cents')?.state);
    }
    expect(sums).toEqual([300, 600]);
    expect(bed.projector.deadLetters('cents')).toEqual([]);
  },
);

it('are called once when dead letters of a function are handled again', async () => {
  await bed
    .open([write('skip', '', `if (amount === ${poisonAmount * 100}) throw new Error('no such amount');`)])
    .start();
  const { poison, last } = await commit();
  await bed.projector.waitFor('cents', last);
  expect(bed.projector.deadLetters('cents')).toMatchObject([{ position: poison, event: { amount: poisonAmount } }]);
  expect(await bed.projector.replayDeadLetters('cents')).toEqual({ replayed: 0, failed: 1 });
  expect(bed.projector.deadLetters('cents')).toMatchObject([{ position: poison, event: { amount: poisonAmount } }]);
  write('skip', '');
  expect(await bed.projector.replayDeadLetters('cents')).toEqual({ replayed: 1, failed: 0 });
  expect(bed.projector.state('cents')?.state).toBe(300 + poisonAmount * 100);
});
