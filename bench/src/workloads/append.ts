/** Appends the reference events, turn by turn of the event loop, and checks that they can be read back. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Appender, Contender } from '../contenders/contender.ts';
import type { ReferenceCommit, ReferenceWorkload } from '../reference/reference-workload.ts';
import { Tally } from '../reference/tally.ts';
import { directorySize } from './directory-size.ts';
import type { Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import { settle } from './settle.ts';
import type { WorkloadContext } from './workload.ts';

/** Every n-th event is compared field by field; all of them are in the tally. */
const SAMPLE_EVERY = 997;

/** Up to this many events are made before the first is appended; more would fill the memory, and are made between the ticks. */
const PREPARED_EVENTS_MAX = 500_000;

export async function append(context: WorkloadContext): Promise<Result> {
  const { contender, reference, directory } = context;
  await warmUp(context);
  const ticks = reference.shape.eventCount <= PREPARED_EVENTS_MAX ? [...reference.ticks()] : reference.ticks();
  collectGarbage();
  const rssBeforeBytes = process.memoryUsage.rss();
  mkdirSync(directory, { recursive: true });
  const appender = await contender.create(directory, reference.shape);
  const elapsedNs = await appendTicks(appender, ticks);
  const peak = peakRssBytes();
  await appender.close();
  const size = directorySize(directory);
  await checkWhatWasWritten(contender, reference, directory);
  settle(directory);
  return {
    eventsPerPass: reference.shape.eventCount,
    passesNs: [elapsedNs],
    rssBeforeBytes,
    peakRssBytes: peak,
    storeSizeBytes: size.lengthBytes,
    storeAllocatedBytes: size.allocatedBytes,
  };
}

/** Returns the time of the appends; the time spent making events does not count. */
export async function appendTicks(appender: Appender, ticks: Iterable<readonly ReferenceCommit[]>): Promise<number> {
  let elapsedNs = 0;
  for (const tick of ticks) {
    const start = process.hrtime.bigint();
    appender.appendTick(tick);
    // The turn ends here for every contender: this is when a store that buffers per turn writes.
    await setImmediate();
    elapsedNs += Number(process.hrtime.bigint() - start);
  }
  const start = process.hrtime.bigint();
  await appender.flushed();
  return elapsedNs + Number(process.hrtime.bigint() - start);
}

/** The number of stores written beforehand: V8 compiles code again at the second store that it had compiled for the only one. */
const WARM_UP_STORES = 2;

/** A writer runs for hours, not for the second in which its code is still being compiled: separate stores pay for that. */
async function warmUp({ contender, reference, directory, warmUpTicks }: WorkloadContext): Promise<void> {
  const { commitsPerTick, eventsPerCommit, eventCount } = reference.shape;
  const ticks = Math.ceil(warmUpTicks / WARM_UP_STORES);
  for (let store = 1; store <= WARM_UP_STORES; store++) {
    const warmUpDirectory = `${directory}-warm-up`;
    mkdirSync(warmUpDirectory, { recursive: true });
    const appender = await contender.create(warmUpDirectory, reference.shape);
    await appendTicks(appender, reference.ticks(Math.min(eventCount, ticks * commitsPerTick * eventsPerCommit)));
    await appender.close();
    rmSync(warmUpDirectory, { recursive: true });
  }
}

/**
 * Collects the garbage of making the events and of warming up. Otherwise it might be copied and freed while the clock
 * runs, which took up to a quarter of the measured time, by chance. The garbage of the store itself is collected while
 * the clock runs.
 */
function collectGarbage(): void {
  globalThis.gc?.();
}

async function checkWhatWasWritten(
  contender: Contender,
  reference: ReferenceWorkload,
  directory: string,
): Promise<void> {
  const reader = await contender.open(directory, reference.shape);
  const tally = new Tally();
  await reader.scan((order) => {
    tally.add(order);
    if (tally.count % SAMPLE_EVERY === 1) assert.deepEqual({ ...order }, reference.orderAt(tally.count));
  });
  await reader.close();
  tally.mustEqual(reference.expectedOfAll(), `${contender.name} after appending`);
}
