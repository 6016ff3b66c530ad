/** The workloads that read what `append` left, each in a process of its own that opens the store anew. */
import type { Reader } from '../contenders/contender.ts';
import { Tally } from '../reference/tally.ts';
import type { Measurement } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { WorkloadContext } from './workload.ts';

type Result = Promise<Omit<Measurement, 'contender' | 'workload'>>;

/** More would only repeat itself: the median of several passes is taken. */
const RANDOM_READS_MAX = 100_000;

/** Everything, in global order: what a new projection does. */
export function scan(context: WorkloadContext): Result {
  return measureReads(
    context,
    () => context.reference.expectedOfAll(),
    (reader, tally) => {
      reader.scan((order) => tally.add(order));
    },
  );
}

/** One stream after the other: what loading aggregates does. */
export function readStreams(context: WorkloadContext): Result {
  const { contender, reference } = context;
  return measureReads(
    context,
    () => reference.expectedOfEachStream(),
    (reader, tally) => {
      if (!reader.readStream) throw new Error(`${contender.name} cannot read a stream`);
      for (const stream of reference.streams) {
        const ofStream = new Tally();
        reader.readStream(stream, (order) => ofStream.add(order));
        tally.merge(ofStream);
      }
    },
  );
}

/** Single events at random positions: what following a link or a cause does. */
export function random(context: WorkloadContext): Result {
  const { contender, reference } = context;
  const positions = reference.randomPositions(Math.min(reference.shape.eventCount, RANDOM_READS_MAX));
  return measureReads(
    context,
    () => reference.expectedOf(positions),
    (reader, tally) => {
      if (!reader.readOne) throw new Error(`${contender.name} cannot read a single event`);
      for (const position of positions) tally.add(reader.readOne(position));
    },
  );
}

/** What should have been read is computed at the end, so that its garbage is not in the peak of memory. */
async function measureReads(
  { contender, directory, warmPasses }: WorkloadContext,
  expectation: () => Tally,
  pass: (reader: Reader, tally: Tally) => void,
): Result {
  const rssBeforeBytes = process.memoryUsage.rss();
  const reader = await contender.open(directory);
  const passes = Array.from({ length: 1 + warmPasses }, () => timePass(reader, pass));
  const peak = peakRssBytes();
  await reader.close();
  const expected = expectation();
  for (const { tally } of passes) tally.mustEqual(expected, contender.name);
  const [coldNs, ...passesNs] = passes.map(({ elapsedNs }) => elapsedNs);
  return { eventsPerPass: expected.count, coldNs: coldNs!, passesNs, rssBeforeBytes, peakRssBytes: peak };
}

function timePass(reader: Reader, pass: (reader: Reader, tally: Tally) => void): { tally: Tally; elapsedNs: number } {
  const tally = new Tally();
  const start = process.hrtime.bigint();
  pass(reader, tally);
  return { tally, elapsedNs: Number(process.hrtime.bigint() - start) };
}
