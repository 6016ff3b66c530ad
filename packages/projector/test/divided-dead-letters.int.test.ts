/**
 * Events of a projection with parts whose part cannot be determined, because the function that returns their type
 * throws. Each part meets such an event and keeps a letter, because any of them may be able to handle it one day; but
 * only one event was skipped. A bug once reported and counted it once per part.
 */
import { expect, it } from 'vitest';
import { readDeadLetters } from '../src/index.ts';
import { poisonAmount } from './ledger.ts';
import { patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ workers: 'threads', restart: { initialDelayMs: 10, maxFailures: 3 } });

const identity = { name: 'divided', stream: '_all', version: 1, parts: 3 };

/** `check`: the code that runs before the type, or the key, of an event is returned. */
function write(where: 'eventType' | 'partitionBy', check: string): string {
  const functions = {
    eventType: `({ type, amount }) => { ${where === 'eventType' ? check : ''} return type; }`,
    partitionBy: `({ account, amount }) => { ${where === 'partitionBy' ? check : ''} return account; }`,
  };
  const on = '{ Deposited: (sums, { account, amount }) => ({ ...sums, [account]: (sums[account] ?? 0) + amount }) }';
  const rest = `onFailure: 'skip', attempts: 1, initialState: {}, on: ${on}`;
  const { name, stream, parts } = identity;
  return bed.write(
    'divided.mjs',
    `
      const eventType = ${functions.eventType};
      const partitionBy = ${functions.partitionBy};
      export const projection = { name: '${name}', stream: '${stream}', parts: ${parts}, eventType, partitionBy, ${rest} };
    `,
  );
}

it.each(['eventType', 'partitionBy'] as const)('skips one at which %s throws once, for all parts', async (where) => {
  const check = `if (amount === ${poisonAmount}) throw new Error('no');`;
  for (const account of ['anna', 'ben', 'cleo', 'dora']) await bed.ledger.deposit(account, 1);
  const poison = await bed.ledger.deposit('ben', poisonAmount);
  const last = await bed.ledger.deposit('anna', 1);
  await bed.open([write(where, check)]).start();
  await bed.projector.waitFor('divided', last);
  const message = `The function ${where} failed at position ${poison}: no`;
  expect(bed.projector.deadLetters('divided')).toMatchObject([{ position: poison, attempts: 1, error: { message } }]);
  expect(readDeadLetters(identity, bed.place)).toHaveLength(1);
  await expect
    .poll(() => bed.statusOf('divided').parts.map(({ deadLetters }) => deadLetters), patience)
    .toEqual([1, 1, 1]);
  expect(bed.statusOf('divided').deadLetters).toBe(1);
  expect(await bed.projector.replayDeadLetters('divided')).toEqual({ replayed: 0, failed: 1 });
  expect(bed.projector.deadLetters('divided')).toMatchObject([{ position: poison, attempts: 2 }]);

  write(where, '');
  expect(await bed.projector.replayDeadLetters('divided')).toEqual({ replayed: 1, failed: 0 });
  expect(bed.projector.deadLetters('divided')).toEqual([]);
  await bed.projector.waitFor('divided', last);
  expect(bed.projector.state('divided')?.state).toEqual(bed.ledger.balances());
});
