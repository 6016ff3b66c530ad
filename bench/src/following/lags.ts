/** The time from `commit` in one process to a handler in another, at two rates, and for a burst. */
import { join } from 'node:path';
import { varve } from '../contenders/varve.ts';
import { ReferenceWorkload } from '../reference/reference-workload.ts';
import { lag } from '../workloads/lag.ts';
import { type Figure, perSecond } from './figure.ts';

const BURST_EVENTS = 200_000;
const reference = new ReferenceWorkload({
  eventCount: BURST_EVENTS,
  streamCount: 100,
  eventsPerCommit: 1,
  commitsPerTick: 1000,
  eventSize: 'order',
  derived: false,
});

export async function measureLags(directory: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const rate of [1000, 20_000]) {
    const context = {
      contender: varve,
      reference,
      directory: join(directory, String(rate)),
      warmUpTicks: 0,
      warmPasses: 0,
      durableSeconds: 0,
    };
    const { lagNs } = await lag({ ...context, lagSeconds: 5 }, rate);
    const ms = (ns: number): string => `${(ns / 1e6).toFixed(2)} ms`;
    const { p50, p99, max } = lagNs!;
    figures.push({
      what: `commit to handler, ${rate.toLocaleString('en')} commits/s`,
      measured: `${ms(p50)} p50, ${ms(p99)} p99, ${ms(max)} at most`,
    });
  }
  // All of them are due at once, so the writer commits them in one turn of its event loop.
  const context = {
    contender: varve,
    reference,
    directory: join(directory, 'burst'),
    warmUpTicks: 0,
    warmPasses: 0,
    durableSeconds: 0,
  };
  const lagSeconds = 0.5;
  const rate = BURST_EVENTS;
  const { eventsPerPass, passesNs } = await lag({ ...context, lagSeconds }, rate);
  figures.push({
    what: `burst: ${eventsPerPass.toLocaleString('en')} events committed within a second`,
    measured: `all handled, in order, after ${Math.round(passesNs[0]! / 1e6)} ms (${perSecond(eventsPerPass, passesNs[0]! / 1e6)})`,
  });
  return figures;
}
