/**
 * Measures the costs and benefits of each partitioner, with many short streams and with fewer long ones. Prints the
 * tables of docs/partitioning.md. Build, then run `node bench/dist/partitioning/main.js`; with `short` or `long` one of
 * the two tables, with `--quick` a tenth of the events.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnvironment, formatEnvironment } from '../report/environment.ts';
import { directorySize } from '../workloads/directory-size.ts';
import type { PartitioningFigures, PartitioningTask } from './task.ts';

type Case = Pick<PartitioningTask, 'partitioner' | 'maxOpenFiles'>;
type Shape = Pick<PartitioningTask, 'streamCount' | 'eventsPerStream'>;

const CASES: readonly Case[] = [
  { partitioner: 'shared' },
  { partitioner: 'perStream', maxOpenFiles: 256 },
  { partitioner: 'perStream', maxOpenFiles: 32 },
  { partitioner: 'perCategory' },
  { partitioner: 'hashed(8)' },
  { partitioner: 'byTime(day)' },
];
const COLUMNS = [
  'partitioner',
  'append, events/s',
  'close, ms',
  'open, ms',
  'memory written / opened, MB',
  'bytes an event: length / on disk',
  'files',
  'open files',
  'one stream, events/s',
  'all, events/s',
];
const [table, quick] = ['short', 'long', '--quick'].filter((word) => process.argv.includes(word));
const isQuick = table === '--quick' || quick === '--quick';
const SHAPES: readonly (Shape & { readonly name: string })[] = [
  { name: 'short', streamCount: isQuick ? 2000 : 20_000, eventsPerStream: 5 },
  { name: 'long', streamCount: isQuick ? 100 : 1000, eventsPerStream: 1000 },
];
const driver = fileURLToPath(import.meta.url).replace(/main(\.[jt]s)$/, 'driver$1');

console.log(formatEnvironment(readEnvironment(tmpdir())));
for (const { name, ...shape } of SHAPES) {
  if (table !== undefined && table !== '--quick' && table !== name) continue;
  console.log(`\n${shape.streamCount.toLocaleString('en-US')} streams of ${shape.eventsPerStream} events\n`);
  console.log(`| ${COLUMNS.join(' | ')} |`);
  console.log(`|${'---|'.repeat(COLUMNS.length)}`);
  for (const each of CASES) console.log(measure({ ...shape, ...each }));
}

function measure(shape: Omit<PartitioningTask, 'directory' | 'step'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'varve-partitioning-'));
  try {
    const run = (step: PartitioningTask['step']): PartitioningFigures => {
      const task: PartitioningTask = { ...shape, directory, step };
      // node:sqlite warns on each start that it is experimental.
      const options = ['--disable-warning=ExperimentalWarning', driver, JSON.stringify(task)];
      return JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' })) as PartitioningFigures;
    };
    const [written, opened, read] = [run('write'), run('open'), run('read')];
    const events = shape.streamCount * shape.eventsPerStream;
    const { lengthBytes, allocatedBytes } = directorySize(directory);
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return `| ${[
      `\`${shape.partitioner}\`${shape.maxOpenFiles === undefined ? '' : `, \`maxOpenFiles: ${shape.maxOpenFiles}\``}`,
      thousands(written.appendPerSecond),
      count(written.closeMs),
      count(opened.openMs),
      `${megabytes(written)} / ${megabytes(opened)}`,
      `${count(lengthBytes / events)} / ${count(allocatedBytes / events)}`,
      count(files.length),
      count(Math.max(written.openFiles, read.openFiles)),
      thousands(read.readPerSecond),
      thousands(read.scanPerSecond),
    ].join(' | ')} |`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function count(value: number | undefined): string {
  return Math.round(value ?? 0).toLocaleString('en-US');
}

function thousands(value: number | undefined): string {
  return `${count((value ?? 0) / 1000)} k`;
}

function megabytes({ rssBytes }: PartitioningFigures): string {
  return count(rssBytes / 1e6);
}
