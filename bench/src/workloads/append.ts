/** Appends the reference events, one turn of the event loop after the other, and checks that they can be read back. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Appender, Contender } from '../contenders/contender.ts';
import type { ReferenceCommit, ReferenceWorkload } from '../reference/reference-workload.ts';
import { Tally } from '../reference/tally.ts';
import { directorySize } from './directory-size.ts';
import type { Measurement } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { WorkloadContext } from './workload.ts';

const WARM_UP_TICKS = 10;

/** Every so many events one is compared field by field; all of them are in the tally. */
const SAMPLE_EVERY = 997;

export async function append(context: WorkloadContext): Promise<Omit<Measurement, 'contender' | 'workload'>> {
  const { contender, reference, directory } = context;
  await warmUp(context);
  const ticks = reference.ticks();
  const rssBeforeBytes = process.memoryUsage.rss();
  mkdirSync(directory, { recursive: true });
  const appender = await contender.create(directory);
  const start = process.hrtime.bigint();
  await appendTicks(appender, ticks);
  const elapsedNs = Number(process.hrtime.bigint() - start);
  const peak = peakRssBytes();
  await appender.close();
  const size = directorySize(directory);
  await checkWhatWasWritten(contender, reference, directory);
  return {
    eventsPerPass: reference.shape.eventCount,
    passesNs: [elapsedNs],
    rssBeforeBytes,
    peakRssBytes: peak,
    storeSizeBytes: size.lengthBytes,
    storeAllocatedBytes: size.allocatedBytes,
  };
}

async function appendTicks(appender: Appender, ticks: readonly (readonly ReferenceCommit[])[]): Promise<void> {
  for (const tick of ticks) {
    appender.appendTick(tick);
    // The turn ends here for everybody: this is when a store that buffers per turn writes.
    await setImmediate();
  }
  await appender.flushed();
}

/** A writer runs for hours, not for the second in which its code is still being compiled: a store of its own pays for that. */
async function warmUp({ contender, reference, directory }: WorkloadContext): Promise<void> {
  const { commitsPerTick, eventsPerCommit, eventCount } = reference.shape;
  const warmUpDirectory = `${directory}-warm-up`;
  mkdirSync(warmUpDirectory, { recursive: true });
  const appender = await contender.create(warmUpDirectory);
  await appendTicks(appender, reference.ticks(Math.min(eventCount, WARM_UP_TICKS * commitsPerTick * eventsPerCommit)));
  await appender.close();
  rmSync(warmUpDirectory, { recursive: true });
}

async function checkWhatWasWritten(
  contender: Contender,
  reference: ReferenceWorkload,
  directory: string,
): Promise<void> {
  const reader = await contender.open(directory);
  const tally = new Tally();
  reader.scan((order) => {
    tally.add(order);
    if (tally.count % SAMPLE_EVERY === 1) assert.deepEqual({ ...order }, reference.orderAt(tally.count));
  });
  await reader.close();
  tally.mustEqual(reference.expectedOfAll(), `${contender.name} after appending`);
}
