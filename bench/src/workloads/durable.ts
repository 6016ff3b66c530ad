/** Commits that are acknowledged once they are on the medium: from one caller that waits for each, and from many at once. */
import { mkdirSync } from 'node:fs';
import type { DurableAppender, Reader } from '../contenders/contender.ts';
import type { ReferenceCommit, ReferenceWorkload } from '../reference/reference-workload.ts';
import { Tally } from '../reference/tally.ts';
import type { Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { Workload, WorkloadContext } from './workload.ts';

/** Commits before the clock starts, to compile the code. */
const WARM_UP_COMMITS = 500;

/** The limit of commits to one store, above what the fastest contender makes in the measured time. */
const COMMITS_MAX = 2_000_000;

export function durable(callerCount: number): Workload {
  return async ({ contender, reference, directory, durableSeconds }: WorkloadContext): Promise<Result> => {
    const ownDirectory = `${directory}-durable-${callerCount}`;
    mkdirSync(ownDirectory, { recursive: true });
    const rssBeforeBytes = process.memoryUsage.rss();
    const appender = await contender.createDurable!(ownDirectory);
    const commits = endless(reference);
    let acknowledged = await callAll(appender, commits, callerCount, (count) => count >= WARM_UP_COMMITS);
    const start = process.hrtime.bigint();
    const end = start + BigInt(Math.round(durableSeconds * 1e9));
    const measured = await callAll(appender, commits, callerCount, () => process.hrtime.bigint() >= end);
    const elapsedNs = Number(process.hrtime.bigint() - start);
    acknowledged += measured;
    const peak = peakRssBytes();
    await appender.close();
    await mustBeThere(contender.name, await contender.open(ownDirectory, reference.shape), reference, acknowledged);
    return { eventsPerPass: measured, passesNs: [elapsedNs], rssBeforeBytes, peakRssBytes: peak };
  };
}

/** `callerCount` callers, each of which waits for its commit and then makes the next; resolves with the number of commits. */
async function callAll(
  appender: DurableAppender,
  commits: Iterator<ReferenceCommit, undefined>,
  callerCount: number,
  isEnough: (count: number) => boolean,
): Promise<number> {
  let count = 0;
  const call = async (): Promise<void> => {
    while (!isEnough(count)) {
      const { value } = commits.next();
      if (!value) return;
      const written = appender.commit(value);
      if (written instanceof Promise) await written;
      count++;
    }
  };
  await Promise.all(Array.from({ length: callerCount }, call));
  return count;
}

/** One event per commit, whatever the shape says. */
function* endless(reference: ReferenceWorkload): Generator<ReferenceCommit, undefined> {
  for (let position = 1; position <= COMMITS_MAX; position++) {
    yield { stream: reference.streams[reference.streamIndexAt(position)]!, orders: [reference.orderAt(position)] };
  }
}

async function mustBeThere(
  name: string,
  reader: Reader,
  reference: ReferenceWorkload,
  acknowledged: number,
): Promise<void> {
  const tally = new Tally();
  await reader.scan((order) => tally.add(order));
  await reader.close();
  const positions = Array.from({ length: acknowledged }, (_, index) => index + 1);
  tally.mustEqual(reference.expectedOf(positions), `${name} after durable commits`);
}
