/**
 * Every call of a workload fails, one at a time, once and from then on: what was acknowledged is there when the fault
 * is gone, each other commit is there in whole or not at all, and nothing is left open or locked. `VARVE_LONG=1` tries
 * every call also for the faults that last.
 */
import { SimulatedDisk } from '@varve/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { faultCases, FaultyRun, type Script } from './simulation/faulty-run.ts';
import { emptyDisk } from './simulation/recorded-run.ts';
import { byType } from './simulation/workloads.ts';

const script: Script = async (run) => {
  run.commit('orders', [{ type: 'placed', n: 1 }]);
  run.commit('orders', [
    { type: 'paid', n: 2 },
    { type: 'sent', n: 3, note: 'x'.repeat(300) },
  ]);
  await run.tick();
  await run.commitDurably('customers', [{ type: 'moved', n: 4 }]);
  for (let n = 5; n < 9; n++) run.commit(`stream-${n % 2}`, [{ type: 'a', n, [`shape${n}`]: n }]);
  await run.tick();
  await run.commitDurably('orders', [{ type: 'closed', n: 9 }]);
};

const variants: Readonly<Record<string, WriteOptions>> = {
  'one partition': { segmentBytes: 400 },
  'commits spread over partitions, with index runs': { partitioner: byType, eventsPerIndexRun: 4 },
  'a partition per stream, synced on every flush': { partitioner: 'perStream', syncOnFlush: true },
};

/** Where the workload starts: no store yet, one that was closed, one whose writer was killed. */
const starts: Readonly<Record<string, (options: WriteOptions) => Promise<FaultyRun>>> = {
  'a new store': (options) => Promise.resolve(new FaultyRun(emptyDisk(), options)),
  'a closed store': (options) => begun(options, 'close'),
  'a store to recover': (options) => begun(options, 'kill'),
};

async function begun(options: WriteOptions, ending: 'close' | 'kill'): Promise<FaultyRun> {
  const run = new FaultyRun(emptyDisk(), options);
  let killed = run;
  await run.run(noFault, 0, async (current) => {
    await script(current);
    current.commit('orders', [{ type: 'late' }]);
    await current.tick();
    killed = current.copy();
  });
  return ending === 'close' ? run : killed;
}

const isThorough = process.env['VARVE_LONG'] !== undefined;
const noFault = { name: 'none', kinds: [], fault: { code: 'EIO' }, isLasting: false };

describe('with a fault at every call', () => {
  let runs = 0;
  afterAll(() => console.log(`Calls that failed, each in a run of its own: ${runs}.`));

  for (const [variantName, options] of Object.entries(variants)) {
    for (const [startName, start] of Object.entries(starts)) {
      it(`${startName}, ${variantName}`, async () => {
        const begin = await start(options);
        for (const faultCase of faultCases) {
          // A fault that lasts shows little that one at the call before did not.
          const step = faultCase.isLasting && !isThorough ? 5 : 1;
          for (let nth = 0, wasHit = true; wasHit; nth += step) {
            const run = begin.copy();
            try {
              await run.run(faultCase, nth, script);
              await run.check(new SimulatedDisk(run.disk.medium.copy()), run.flushed);
              const powerCut = run.disk.medium.crashed(0, (file) => file.crashed(() => 'drop'));
              await run.check(new SimulatedDisk(powerCut), run.durable);
            } catch (error) {
              const last = run.disk.calls.at(-1)!;
              throw new Error(`${faultCase.name}, call ${nth}: ${String(error)} ${JSON.stringify(last)}`, {
                cause: error,
              });
            }
            wasHit = run.wasHit;
            runs++;
          }
        }
        expect(runs).toBeGreaterThan(0);
      });
    }
  }
});
