/** A projection of all events whose state is saved with its position every hundred events. */
import { Tally } from '../reference/tally.ts';
import type { Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { WorkloadContext } from './workload.ts';

const SAVE_EVERY = 100;

export async function consumer({ contender, reference, directory, warmPasses }: WorkloadContext): Promise<Result> {
  const rssBeforeBytes = process.memoryUsage.rss();
  const expected = reference.expectedOfAll();
  const timesNs: number[] = [];
  for (let pass = 0; pass <= warmPasses; pass++) {
    const tally = new Tally();
    const start = process.hrtime.bigint();
    await contender.consume!(directory, { name: `pass-${pass}`, saveEvery: SAVE_EVERY }, (order) => tally.add(order));
    timesNs.push(Number(process.hrtime.bigint() - start));
    tally.mustEqual(expected, contender.name);
  }
  const [coldNs, ...passesNs] = timesNs;
  return { eventsPerPass: expected.count, coldNs: coldNs!, passesNs, rssBeforeBytes, peakRssBytes: peakRssBytes() };
}
