/**
 * Eight projections over a million events, each in a process of its own, compared with one:
 * `EVENTS=1000000 node dist/projector/load.js`. On n cores, the ideal is 8 / n times the time of one. Prints the ratio to that,
 * and the memory of a worker.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Projector } from '@varve/projector';
import { EventStore } from '@varve/writer';
import { eventNumber } from './account-events.ts';

const count = Number(process.env['EVENTS'] ?? 1_000_000);
const projections = 8;
const storageDirectory = mkdtempSync(join(tmpdir(), 'projector-load-'));
const store = await EventStore.open('load', { storageDirectory });
for (let number = 0; number < count; number++) {
  const commit = store.commit(`account-${number % 20}`, eventNumber(number));
  if (number % 1000 === 999) await commit.flushed;
}
await store.close();

// The first run warms the page cache for the others.
await run(1, 'warm');
const one = await run(1, 'one');
const all = await run(projections, 'all');
rmSync(storageDirectory, { recursive: true });
const ideal = (one.seconds * projections) / availableParallelism();
const ratio = (all.seconds / ideal).toFixed(2);
const lines = [
  `1 projection, ${count} events: ${one.seconds.toFixed(2)} s from start to saved`,
  `${projections} projections: ${all.seconds.toFixed(2)} s, ${ratio} times the ideal on ${availableParallelism()} cores`,
  `a worker: ${all.residentMb.toFixed(0)} MB resident, ${all.privateMb.toFixed(0)} MB of it its own`,
];
process.stdout.write(`${lines.join('\n')}\n`);

interface Run {
  readonly seconds: number;
  readonly residentMb: number;
  readonly privateMb: number;
}

async function run(projectionCount: number, name: string): Promise<Run> {
  const module = (number: number): URL => new URL(`./projections/totals.js?number=${number}`, import.meta.url);
  const modules = Array.from({ length: projectionCount }, (_, number) => module(number));
  const stateDirectory = join(storageDirectory, name);
  const projector = new Projector({ storageDirectory, store: 'load', projections: modules, stateDirectory });
  const startedMs = performance.now();
  await projector.start();
  await Promise.all(projector.status().map((status) => projector.waitFor(status.name, count)));
  const seconds = (performance.now() - startedMs) / 1000;
  const pids = projector.status().map(({ pid }) => pid!);
  const mean = (field: string): number => pids.reduce((sum, pid) => sum + memoryMb(pid, field), 0) / pids.length;
  const memory = { residentMb: mean('VmRSS'), privateMb: mean('RssAnon') };
  await projector.stop();
  return { seconds, ...memory };
}

/** A field of the memory of a process, as Linux reports it. */
function memoryMb(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN) / 1024;
}
