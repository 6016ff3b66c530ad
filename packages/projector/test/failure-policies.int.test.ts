/** What happens to a projection at an event that it cannot handle: skipped, or paused and resumed; never a hot loop. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ProjectionRestart, readDeadLetters } from '../src/index.ts';
import { deadlyAmount, endlessAmount, poisonAmount } from './ledger.ts';
import { isAlive } from './processes.ts';
import { projection as tolerant } from './projections/tolerant.ts';
import { modules, patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10, maxFailures: 4 } });

/** The sum of all deposits except those of the given amounts, which cannot be handled. */
function sumWithout(...amounts: number[]): number {
  return bed.ledger.events.reduce((sum, event) => {
    return event.type === 'Deposited' && !amounts.includes(event.amount) ? sum + event.amount : sum;
  }, 0);
}

describe('a projection that skips', () => {
  it('gives an event that it throws at to the dead letters, and goes on', async () => {
    await bed.ledger.commit(20);
    const poison = await bed.ledger.deposit('ben', poisonAmount);
    const last = await bed.ledger.commit(20);
    await bed.open(modules('tolerant')).start();
    await bed.projector.waitFor('tolerant', last);
    expect(bed.projector.state('tolerant')).toEqual({ position: last, state: sumWithout(poisonAmount), version: 1 });
    expect(bed.statusOf('tolerant')).toMatchObject({ state: 'running', restarts: 0, deadLetters: 1 });
    expect(bed.projector.deadLetters('tolerant')).toEqual([
      {
        position: poison,
        committedAtUs: expect.any(Number) as number,
        eventType: 'Deposited',
        event: { type: 'Deposited', account: 'ben', amount: poisonAmount },
        error: expect.objectContaining({
          position: poison,
          stack: expect.stringContaining('tolerant.ts') as string,
        }) as object,
        attempts: 2,
        skippedAtUs: expect.any(Number) as number,
      },
    ]);
  });

  it('gives each attempt, and the dead letter, the event as it was committed', async () => {
    const Deposited = `(sum, event) => {
      event.amount *= 2;
      if (event.amount < 8) throw new Error('not yet');
      return sum + event.amount;
    }`;
    const rest = `stream: '_all', initialState: 0, onFailure: 'skip', attempts: 3, on: { Deposited: ${Deposited} }`;
    const path = bed.write('doubling.mjs', `export const projection = { name: 'doubling', ${rest} };`);
    const last = await bed.ledger.deposit('anna', 1);
    await bed.open([path]).start();
    await bed.projector.waitFor('doubling', last);
    expect(bed.projector.state('doubling')?.state).toBe(0);
    expect(bed.projector.deadLetters('doubling')).toMatchObject([{ event: { account: 'anna', amount: 1 } }]);
  });

  it('keeps a state that was frozen at its top only as it was before an event that it throws at', async () => {
    const Deposited = `({ list }, { amount }) => {
      if (amount === ${poisonAmount}) list.push(amount);
      if (amount === ${poisonAmount}) throw new Error('after the state was changed');
      return Object.freeze({ list: [...list, amount] });
    }`;
    const rest = `stream: '_all', initialState: { list: [] }, onFailure: 'skip', attempts: 1, on: { Deposited: ${Deposited} }`;
    const path = bed.write('shallow.mjs', `export const projection = { name: 'shallow', ${rest} };`);
    for (const amount of [1, poisonAmount, 2]) await bed.ledger.deposit('anna', amount);
    await bed.open([path]).start();
    await bed.projector.waitFor('shallow', 3);
    expect(bed.projector.state('shallow')?.state).toEqual({ list: [1, 2] });
    expect(bed.projector.deadLetters('shallow')).toMatchObject([{ position: 2 }]);
  });

  it('skips the same events after a restart, also those behind the saved state', async () => {
    await bed.ledger.deposit('anna', 1);
    await bed.ledger.deposit('ben', poisonAmount);
    await bed.ledger.deposit('anna', 1);
    const checkpoint = { onCaughtUp: false, everyMs: 60_000 };
    await bed.open(modules('tolerant'), { checkpoint }).start();
    await expect.poll(() => bed.statusOf('tolerant').position, patience).toBe(3);
    process.kill(bed.statusOf('tolerant').pid!, 'SIGKILL');
    await expect.poll(() => bed.statusOf('tolerant').restarts, patience).toBe(1);
    await expect.poll(() => bed.statusOf('tolerant').position, patience).toBe(3);
    await bed.projector.stop();
    expect(readDeadLetters(tolerant, bed.place)).toHaveLength(1);
    expect(bed.projector.state('tolerant')).toEqual({ position: 3, state: 2, version: 1 });
  });

  it.each([
    ['ends its process at', deadlyAmount, /exit code 7/],
    ['never returns from', endlessAmount, /no sign of life/],
  ])('finds the event that it %s, and leaves the others alone', async (_, amount, message) => {
    await bed.ledger.commit(30);
    const culprit = await bed.ledger.deposit('ben', amount);
    const last = await bed.ledger.commit(30);
    const restarts: ProjectionRestart[] = [];
    const heartbeat = { intervalMs: 100, timeoutMs: 2000 };
    // A busy machine may keep a worker from sending signs of life while it starts: that is a failure, but not an
    // attempt.
    const many = { initialDelayMs: 10, maxFailures: 20 };
    const projector = bed.open(modules('tolerant', 'balances'), { heartbeat, restart: many });
    projector.on('restart', (restart) => restarts.push(restart));
    await projector.start();
    await projector.waitFor('tolerant', last);
    await projector.waitFor('balances', last);
    expect(projector.state('tolerant')?.state).toEqual(sumWithout(amount));
    expect(projector.state('balances')?.state).toEqual(bed.ledger.balances());
    expect(projector.deadLetters('tolerant')).toMatchObject([
      { position: culprit, attempts: 2, error: { message: expect.stringMatching(message) as string } },
    ]);
    // Once at an unknown event, then as often as the projection allows.
    expect(restarts.filter(({ name }) => name === 'tolerant').length).toBeGreaterThanOrEqual(3);
  });
});

describe('dead letters that are replayed', () => {
  const write = (evolve: string): string => {
    const on = `{ Deposited: (list, { amount }) => { ${evolve} return [...list, amount]; } }`;
    const rest = `stream: '_all', initialState: [], onFailure: 'skip', attempts: 1, on: ${on}`;
    return bed.write('mended.mjs', `export const projection = { name: 'mended', ${rest} };`);
  };
  const refusing = (...amounts: number[]): string =>
    `if (${JSON.stringify(amounts)}.includes(amount)) throw new Error('no ' + amount);`;

  it('are handled by the functions of now, behind what came after them, once', async () => {
    for (const amount of [1, 666, 2, 777, 3]) await bed.ledger.deposit('anna', amount);
    await bed.open([write(refusing(666, 777))]).start();
    await bed.projector.waitFor('mended', 5);
    expect(bed.projector.state('mended')?.state).toEqual([1, 2, 3]);
    write(refusing(777));
    expect(await bed.projector.replayDeadLetters('mended')).toEqual({ replayed: 1, failed: 1 });
    expect(bed.projector.state('mended')).toMatchObject({ position: 5, state: [1, 2, 3, 666] });
    expect(bed.projector.deadLetters('mended')).toMatchObject([{ position: 4, attempts: 2 }]);
    await bed.projector.waitFor('mended', await bed.ledger.deposit('anna', 4));
    expect(bed.projector.state('mended')?.state).toEqual([1, 2, 3, 666, 4]);
    write('');
    expect(await bed.projector.replayDeadLetters('mended')).toEqual({ replayed: 1, failed: 0 });
    expect(await bed.projector.replayDeadLetters('mended')).toEqual({ replayed: 0, failed: 0 });
    expect(bed.projector.state('mended')?.state).toEqual([1, 2, 3, 666, 4, 777]);
  });
});

describe('a projection that pauses', () => {
  const text = (evolve: string): string => `
    const on = { Deposited: (sum, { amount }) => { ${evolve} return sum + amount; } };
    export const projection = { name: 'cautious', stream: '_all', initialState: 0, onFailure: 'pause', attempts: 2, on };
  `;

  it.each([
    ['throws', `if (amount === ${poisonAmount}) throw new Error('no such amount');`, 'no such amount'],
    ['dies', `if (amount === ${poisonAmount}) process.exit(9);`, 'exit code 9'],
  ])('where it %s rests before the event, and goes on with it when it was mended', async (_, evolve, message) => {
    const before = await bed.ledger.commit(10);
    const poison = await bed.ledger.deposit('ben', poisonAmount);
    const path = bed.write('cautious.mjs', text(evolve));
    const paused: [string, Error | undefined][] = [];
    const projector = bed.open([path, ...modules('balances')], { checkpoint: { everyEvents: 1 } });
    projector.on('paused', (name, error) => paused.push([name, error]));
    await projector.start();
    await expect(projector.waitFor('cautious', poison)).rejects.toThrow(message);
    await expect.poll(() => bed.statusOf('cautious').state, patience).toBe('paused');
    expect(paused).toEqual([['cautious', expect.objectContaining({ code: 'WORKER_FAILED' }) as Error]]);
    expect(bed.statusOf('cautious').pid).toBeUndefined();
    expect(projector.state('cautious')?.position).toBe(before);
    await projector.waitFor('balances', poison);

    writeFileSync(path, text(''));
    projector.resume('cautious');
    await projector.waitFor('cautious', poison);
    expect(projector.state('cautious')).toEqual({ position: poison, state: sumWithout(), version: 1 });
  });
});

describe('a projector', () => {
  it('pauses a projection when it is told to, and resumes it', async () => {
    const first = await bed.ledger.commit(10);
    const projector = bed.open(modules('balances', 'anna'));
    await projector.start();
    await projector.waitFor('balances', first);
    const pid = bed.statusOf('balances').pid!;
    await projector.pause('balances');
    expect(isAlive(pid)).toBe(false);
    await expect.poll(() => bed.statusOf('balances').state, patience).toBe('paused');
    expect(projector.failures()).toEqual([]);

    const last = await bed.ledger.commit(10);
    await projector.waitFor('anna', last);
    expect(projector.state('balances')?.position).toBe(first);
    projector.resume('balances');
    await projector.waitFor('balances', last);
    expect(projector.state('balances')?.state).toEqual(bed.ledger.balances());
    expect(bed.statusOf('balances')).toMatchObject({ state: 'running', restarts: 0 });
  });

  it('resumes a projection that was given up', async () => {
    const text = (evolve: string): string =>
      `export const projection = { name: 'fragile', stream: '_all', initialState: 0, on: { Deposited: ${evolve} } };`;
    const path = bed.write('fragile.mjs', text('() => { throw new Error("not yet"); }'));
    const last = await bed.ledger.deposit('anna', 1);
    const projector = bed.open([path, ...modules('balances')]);
    projector.on('failed', () => undefined);
    await projector.start();
    await expect(projector.waitFor('fragile', last)).rejects.toThrow('not yet');
    expect(bed.statusOf('fragile').state).toBe('failed');
    writeFileSync(path, text('(count) => count + 1'));
    projector.resume('fragile');
    await projector.waitFor('fragile', last);
    expect(projector.state('fragile')?.state).toBe(1);
    expect(projector.failures()).toEqual([]);
  });

  it('stops while a projection rests', async () => {
    const projector = bed.open(modules('balances', 'anna'));
    await projector.start();
    await projector.pause('balances');
    await projector.stop();
    expect(projector.status().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });
});
