/**
 * Measures how long an event takes from `commit` in one process to a consumer in another. This process is the consumer;
 * it starts the writer. Both read CLOCK_MONOTONIC, which Linux and macOS share between processes, so the difference of
 * their readings is a duration. An event carries its own reading in `placedAt`, in nanoseconds.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LagWriterTask } from './lag-writer.ts';
import type { Measurement, Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { WorkloadContext } from './workload.ts';

/** Events of the first half second do not count: the code of both processes is still being compiled. */
const WARM_UP_SECONDS = 0.5;

/** The time between the start of the follower and the first commit, in which it sets up its watches. */
const SETTLE_MS = 300;

/** How long after the last commit a follower may still lack events. */
const GRACE_MS = 10_000;

const writerPath = fileURLToPath(import.meta.url).replace(/lag(\.[jt]s)$/, 'lag-writer$1');

export async function lag(context: WorkloadContext, commitsPerSecond: number): Promise<Result> {
  const { contender, reference, lagSeconds } = context;
  const warmUpCount = WARM_UP_SECONDS * commitsPerSecond;
  if (!contender.follow) throw new Error(`${contender.name} cannot follow a writer`);
  const directory = `${context.directory}-lag-${commitsPerSecond}`;
  mkdirSync(directory, { recursive: true });
  const count = warmUpCount + lagSeconds * commitsPerSecond;
  const lagsNs = new Float64Array(count);
  let arrived = 0;
  const all = Promise.withResolvers<undefined>();
  const writer = await startWriter({
    contender: contender.name,
    directory,
    shape: reference.shape,
    count,
    commitsPerSecond,
  });
  const rssBeforeBytes = process.memoryUsage.rss();
  const follower = await contender.follow(directory, ({ orderId, placedAt }) => {
    lagsNs[arrived] = Number(process.hrtime.bigint()) - placedAt!;
    const expected = reference.orderAt(++arrived).orderId;
    if (orderId !== expected) all.reject(new Error(`${contender.name} gave ${orderId} instead of ${expected}`));
    if (arrived === count) all.resolve(undefined);
  });
  await setTimeout(SETTLE_MS);
  const start = process.hrtime.bigint();
  writer.send('go');
  const overdue = setTimeout((count / commitsPerSecond) * 1000 + GRACE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${contender.name} gave ${arrived} of ${count} events`);
  });
  await Promise.race([all.promise, overdue, mustNotEnd(writer)]);
  const elapsedNs = Number(process.hrtime.bigint() - start);
  const peak = peakRssBytes();
  await follower.close();
  writer.send('stop');
  await once(writer, 'exit');
  return {
    eventsPerPass: count,
    passesNs: [elapsedNs],
    rssBeforeBytes,
    peakRssBytes: peak,
    lagNs: percentilesOf(lagsNs.subarray(warmUpCount)),
  };
}

/** Resolves when the writer has created its store. */
async function startWriter(task: LagWriterTask): Promise<ChildProcess> {
  const writer = fork(writerPath, [JSON.stringify(task)]);
  await Promise.race([once(writer, 'message'), mustNotEnd(writer)]);
  return writer;
}

async function mustNotEnd(writer: ChildProcess): Promise<never> {
  const [code, signal] = (await once(writer, 'exit')) as [number | null, string | null];
  throw new Error(`the writing process ended with ${String(code ?? signal)}`);
}

function percentilesOf(samples: Float64Array): NonNullable<Measurement['lagNs']> {
  const sorted = samples.toSorted();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
