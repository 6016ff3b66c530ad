/** The workloads that read what `append` left, each in a process of its own that opens the store anew. */
import type { Reader } from '../contenders/contender.ts';
import type { SizedOrder } from '../reference/order.ts';
import type { ReferenceWorkload } from '../reference/reference-workload.ts';
import { Tally } from '../reference/tally.ts';
import type { Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { Workload, WorkloadContext } from './workload.ts';

/** More would only repeat itself: the median of several passes is taken. */
const RANDOM_READS_MAX = 100_000;

interface Reading {
  readonly expected: (reference: ReferenceWorkload) => Tally;
  readonly pass: (reader: Reader, tally: Tally, reference: ReferenceWorkload) => Promise<void> | void;
}

/** Everything, in global order: what a new projection does. */
export const scan = reading({
  expected: (reference) => reference.expectedOfAll(),
  pass: (reader, tally) => reader.scan(addTo(tally)),
});

/** Everything from the last to the first: what looks for the newest that has something. */
export const scanBackward = reading({
  expected: (reference) => reference.expectedBackward(),
  pass: (reader, tally) => reader.scanBackward!(addTo(tally)),
});

/** One stream after the other: what loading aggregates does. */
export const readStreams = reading({
  expected: (reference) => reference.expectedOfEachStream(),
  async pass(reader, tally, { streamsToRead }) {
    for (const stream of streamsToRead) {
      const ofStream = new Tally();
      await reader.readStream!(stream, addTo(ofStream));
      tally.merge(ofStream);
    }
  },
});

/** Ten streams at once, in global order. */
export const join = reading({
  expected: (reference) => reference.expectedOfStreams(reference.joinedStreams),
  pass: (reader, tally, { joinedStreams }) => reader.readJoin!(joinedStreams, addTo(tally)),
});

/** The streams of one category, a tenth of all. */
export const category = reading({
  expected: (reference) => reference.expectedOfStreams(reference.categoryStreams),
  pass: (reader, tally, reference) => reader.readCategory!(reference.category, addTo(tally)),
});

/** One event in a hundred, chosen by a condition when they were appended. */
export const derived = reading({
  expected: (reference) => reference.expectedOfDerived(),
  pass: (reader, tally) => reader.readDerived!(addTo(tally)),
});

/** Single events at random positions: what following a link or a cause does. */
export const random = reading({
  expected: (reference) => reference.expectedOf(randomPositions(reference)),
  async pass(reader, tally, reference) {
    for (const position of randomPositions(reference)) {
      const found = reader.readOne!(position);
      // A store that answers at once is not made to wait for a turn of the event loop.
      tally.add(found instanceof Promise ? await found : found);
    }
  },
});

/** Everything as lines of JSON, in bytes or text: an export, or a response of a server. */
export async function ndjson({ contender, directory, warmPasses, reference }: WorkloadContext): Promise<Result> {
  const rssBeforeBytes = process.memoryUsage.rss();
  const reader = await contender.open(directory, reference.shape);
  const passesNs: number[] = [];
  for (let pass = 0; pass <= warmPasses; pass++) {
    let bytes = 0;
    const start = process.hrtime.bigint();
    await reader.ndjson!((piece) => (bytes += piece.length));
    passesNs.push(Number(process.hrtime.bigint() - start));
    if (pass === 0) await mustBeLines(reader, reference, bytes);
  }
  const peak = peakRssBytes();
  await reader.close();
  const [coldNs, ...warmNs] = passesNs;
  return {
    eventsPerPass: reference.shape.eventCount,
    coldNs: coldNs!,
    passesNs: warmNs,
    rssBeforeBytes,
    peakRssBytes: peak,
  };
}

async function mustBeLines(reader: Reader, reference: ReferenceWorkload, expectedBytes: number): Promise<void> {
  const pieces: Buffer[] = [];
  await reader.ndjson!((piece) => pieces.push(Buffer.from(piece)));
  const text = Buffer.concat(pieces);
  if (text.length !== expectedBytes) {
    throw new Error(`${text.length} bytes the second time, ${expectedBytes} the first`);
  }
  const tally = new Tally();
  for (const line of text.toString().split('\n').slice(0, -1)) tally.add(JSON.parse(line) as SizedOrder);
  tally.mustEqual(reference.expectedOfAll(), 'the lines');
}

function randomPositions(reference: ReferenceWorkload): readonly number[] {
  return reference.randomPositions(Math.min(reference.shape.eventCount, RANDOM_READS_MAX));
}

function addTo(tally: Tally): (order: SizedOrder) => void {
  return (order) => tally.add(order);
}

/** What should have been read is computed at the end, so that its garbage is not in the peak of memory. */
function reading({ expected, pass }: Reading): Workload {
  return async ({ contender, directory, warmPasses, reference }) => {
    const rssBeforeBytes = process.memoryUsage.rss();
    const reader = await contender.open(directory, reference.shape);
    const passes: { readonly tally: Tally; readonly elapsedNs: number }[] = [];
    for (let number = 0; number <= warmPasses; number++) {
      const tally = new Tally();
      const start = process.hrtime.bigint();
      await pass(reader, tally, reference);
      passes.push({ tally, elapsedNs: Number(process.hrtime.bigint() - start) });
    }
    const peak = peakRssBytes();
    await reader.close();
    const right = expected(reference);
    for (const { tally } of passes) tally.mustEqual(right, contender.name);
    const [coldNs, ...passesNs] = passes.map(({ elapsedNs }) => elapsedNs);
    return { eventsPerPass: right.count, coldNs: coldNs!, passesNs, rssBeforeBytes, peakRssBytes: peak };
  };
}
