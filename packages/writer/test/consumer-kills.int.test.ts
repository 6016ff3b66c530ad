/**
 * Consumers that are killed while they save: before, in the middle of and after each kind of call that changes their
 * file. What they saved is always a plain fold of the log up to its position. `VARVE_KILLS=500` for the long form.
 */
import { once } from 'node:events';
import { readConsumerState, ReadOnlyEventStore } from '@varve/core';
import { SeededRandom } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { fold, type Fold, type Numbered, startOfFold } from './processes/fold.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = new URL('./processes/killed-consumer.ts', import.meta.url);
const wantedKills = Number(process.env['VARVE_KILLS'] ?? 20);
const seed = Number(process.env['VARVE_SEED'] ?? 1);

function foldTo(position: number): Fold {
  let state = startOfFold;
  for (let number = 1; number <= position; number++) state = fold(state, { number });
  return state;
}

it('A consumer that is killed around its checkpoint has each event once', { timeout: 600_000 }, async () => {
  const random = new SeededRandom(seed);
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory });
  const place = { storageDirectory, store: 'shop', stream: '_all', consumerId: 'folder' };
  const killed = { before: 0, half: 0, after: 0 };
  let kills = 0;
  let committed = 0;
  for (let round = 1; kills < wantedKills; round++) {
    expect(round).toBeLessThan(wantedKills * 4 + 20);
    for (let left = 150; left > 0; left--) writer.commit(`s-${left % 5}`, { number: ++committed });
    writer.flush();
    const everyEvents = random.between(1, 9);
    const moment = random.pick(['before', 'half', 'after'] as const);
    const killAt = random.between(1, Math.ceil(150 / everyEvents));
    const child = new Child(program, [storageDirectory, ...[everyEvents, killAt, moment].map(String)]);
    const [code, signal] = (await once(child.process, 'exit')) as [number | null, string | null];
    expect(code === 0 || signal === 'SIGKILL').toBe(true);
    if (signal === 'SIGKILL') {
      kills++;
      killed[moment]++;
    }
    const saved = readConsumerState<Fold>(place);
    expect(saved?.state ?? startOfFold).toEqual(foldTo(saved?.position ?? 0));
  }
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory });
  const consumer = reader.getConsumer<Fold, Numbered>('_all', 'folder', startOfFold);
  consumer.on('data', (event) => consumer.setState((state) => fold(state, event)));
  await consumer.waitFor(committed);
  expect(consumer.state).toEqual(foldTo(committed));
  console.log(`Kills with seed ${seed}: ${JSON.stringify(killed)} over ${committed} events.`);
});
