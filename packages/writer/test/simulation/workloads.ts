/** What the crash tests do to a store before the power is cut. */
import type { SeededRandom } from '@varve/core/testing';
import type { PartitionerDocument, WriteOptions } from '../../src/index.ts';
import { RecordedRun } from './recorded-run.ts';

/** Commits, some of them durable; closed and opened again; killed and opened again. */
export async function steadyWork(options: WriteOptions, storeSeed: number): Promise<RecordedRun> {
  const run = new RecordedRun(options, storeSeed);
  run.open();
  for (let index = 0; index < 3; index++) {
    run.commit('orders', [{ type: 'placed', index }], { by: 'someone' });
    await run.commitDurably('customers', [
      { type: 'moved', index, note: 'x'.repeat(300) },
      { type: 'named', index },
    ]);
    await run.tick();
    // Each with a shape that has not occurred before.
    run.commit('orders', [{ type: 'paid', index, [`field${index}`]: index }]);
    await run.tick();
  }
  await run.close();
  run.open();
  run.commit('orders', [{ type: 'placed', index: 99 }]);
  await run.tick();
  run.kill();
  run.open();
  await run.commitDurably('orders', [{ type: 'placed', index: 100 }]);
  run.commit('new', [{ type: 'placed', index: 101 }, { type: 'shipped' }]);
  await run.tick();
  return run;
}

/** Anything that a program may do, in any order. */
export async function randomWork(options: WriteOptions, random: SeededRandom, steps: number): Promise<RecordedRun> {
  const run = new RecordedRun(options, random.below(2 ** 30));
  run.open();
  await doRandomWork(run, random, steps);
  return run;
}

/** The same, in a store that has already gone through power cuts. */
export async function workAfterCrashes(
  options: WriteOptions,
  random: SeededRandom,
  steps: number,
): Promise<RecordedRun> {
  const run = await randomWork(options, random, steps);
  for (let crashes = random.between(1, 3); crashes > 0; crashes--) {
    run.cutPower(random);
    run.open();
    await doRandomWork(run, random, steps);
  }
  return run;
}

async function doRandomWork(run: RecordedRun, random: SeededRandom, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const stream = `stream-${random.below(4)}`;
    const events = Array.from({ length: random.chance(0.6) ? 1 : random.between(2, 5) }, () => randomEvent(random));
    if (random.chance(0.5)) run.commit(stream, events);
    else if (random.chance(0.3)) await run.commitDurably(stream, events, { step });
    if (random.chance(0.4)) await run.tick();
    if (random.chance(0.1)) {
      if (random.chance(0.5)) await run.close();
      else run.kill();
      run.open();
    }
  }
}

function randomEvent(random: SeededRandom): object {
  const event: Record<string, unknown> = { type: random.pick(['a', 'bb', 'ccc']), number: random.below(1000) };
  if (random.chance(0.2)) event[`shape${random.below(30)}`] = random.hex(random.below(4));
  if (random.chance(0.1)) event['note'] = random.hex(random.below(700));
  return event;
}

/** Puts neighbours in a commit into different partitions. */
export function byType({ payload }: PartitionerDocument): string {
  return `part-${((payload as { readonly type?: string }).type ?? '').length % 3}`;
}
