/** Opening for writing a closed store, and one that a killed process left; and rebuilding all indexes. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KilledWriterTask } from './killed-writer.ts';
import type { Result } from './measurement.ts';
import { peakRssBytes } from './peak-rss.ts';
import type { WorkloadContext } from './workload.ts';

const killedWriter = fileURLToPath(import.meta.url).replace(/openings(\.[jt]s)$/, 'killed-writer$1');

/** The time until a new process has opened the store and could commit. */
export function open(context: WorkloadContext): Promise<Result> {
  return timedOpening(context, context.directory);
}

/** The same, after the process that appended everything was killed with the store open. */
export async function recover(context: WorkloadContext): Promise<Result> {
  const directory = `${context.directory}-killed`;
  mkdirSync(directory, { recursive: true });
  const task: KilledWriterTask = { contender: context.contender.name, directory, shape: context.reference.shape };
  const writer = fork(killedWriter, [JSON.stringify(task)]);
  await Promise.race([once(writer, 'message'), mustNotEnd(writer)]);
  const ended = once(writer, 'exit');
  writer.kill('SIGKILL');
  await ended;
  return timedOpening(context, directory);
}

export async function reindex({ contender, directory }: WorkloadContext): Promise<Result> {
  const rssBeforeBytes = process.memoryUsage.rss();
  const start = process.hrtime.bigint();
  const eventsPerPass = await contender.reindex!(directory);
  const passesNs = [Number(process.hrtime.bigint() - start)];
  return { eventsPerPass, passesNs, rssBeforeBytes, peakRssBytes: peakRssBytes() };
}

async function timedOpening({ contender, reference }: WorkloadContext, directory: string): Promise<Result> {
  const { eventCount } = reference.shape;
  const rssBeforeBytes = process.memoryUsage.rss();
  const start = process.hrtime.bigint();
  const opened = await contender.reopen!(directory);
  const openNs = Number(process.hrtime.bigint() - start);
  const peak = peakRssBytes();
  const { position } = opened;
  await opened.close();
  if (position !== eventCount) throw new Error(`${contender.name} found ${position} of ${eventCount} events`);
  return { eventsPerPass: eventCount, passesNs: [openNs], openNs, rssBeforeBytes, peakRssBytes: peak };
}

async function mustNotEnd(writer: ChildProcess): Promise<never> {
  const [code, signal] = (await once(writer, 'exit')) as [number | null, string | null];
  throw new Error(`the writing process ended with ${String(code ?? signal)}`);
}
