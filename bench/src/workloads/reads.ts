/** The workloads that read what `append` left, each in its own process that opens the store afresh. */
import type { Reader } from '../contenders/contender.ts';
import type { SizedOrder } from '../reference/order.ts';
import type { ReferenceWorkload } from '../reference/reference-workload.ts';
import { Tally } from '../reference/tally.ts';
import type { Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { Workload, WorkloadContext } from './workload.ts';

/** More reads would only repeat the same work: the median of several passes is taken. */
const RANDOM_READS_MAX = 100_000;

interface Reading {
  readonly expected: (reference: ReferenceWorkload) => Tally;
  readonly pass: (reader: Reader, tally: Tally, reference: ReferenceWorkload) => Promise<void> | void;
}

/** All events in global order, as a new projection reads them. */
export const scan = reading({
  expected: (reference) => reference.expectedOfAll(),
  pass: (reader, tally) => reader.scan(addTo(tally)),
});

/** All events from the last to the first, as a search for the newest match reads them. */
export const scanBackward = reading({
  expected: (reference) => reference.expectedBackward(),
  pass: (reader, tally) => reader.scanBackward!(addTo(tally)),
});

/** One stream after the other, as aggregates are loaded. */
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

/** One event in a hundred, selected by a condition when it was appended. */
export const derived = reading({
  expected: (reference) => reference.expectedOfDerived(),
  pass: (reader, tally) => reader.readDerived!(addTo(tally)),
});

/** Single events at random positions, as following a link or a cause reads them. */
export const random = reading({
  expected: (reference) => reference.expectedOf(randomPositions(reference)),
  async pass(reader, tally, reference) {
    for (const position of randomPositions(reference)) {
      const found = reader.readOne!(position);
      // A store that answers synchronously does not have to wait for a microtask.
      tally.add(found instanceof Promise ? await found : found);
    }
  },
});

/** All events as lines of JSON, in bytes or text, as for an export or a server's response. */
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

/** Computes the expected events at the end, so that their garbage is not in the peak of memory. */
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
