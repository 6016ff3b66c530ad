/**
 * Measures the costs and benefits of each option, as ratios to the defaults in the same run. Prints tables in Markdown.
 * Build, then run `node bench/dist/tuning/main.js`, with the names of the wanted tables (default: all); with
 * `--publish` they replace the tables in docs/tuning.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withTable } from '../publish/marked-tables.ts';
import { short } from '../publish/numbers.ts';
import { writePage } from '../publish/page-file.ts';
import { formatEnvironment, readEnvironment } from '../report/environment.ts';
import { median } from '../report/statistics.ts';
import type { TunedOptions, TuningFigures, TuningTask } from './task.ts';

const ROUNDS = 3;
const driver = fileURLToPath(import.meta.url).replace(/main(\.[jt]s)$/, 'driver$1');

type Figure = keyof TuningFigures;
type Case = readonly [name: string, task: Work];
type Work =
  | Omit<TuningTask & { kind: 'store' }, 'directory'>
  | Omit<TuningTask & { kind: 'consumer' }, 'directory'>
  | Omit<TuningTask & { kind: 'durable' }, 'directory'>;

interface Table {
  readonly figures: readonly Figure[];
  /** The ratios of the other cases refer to the first one. */
  readonly cases: readonly Case[];
}

const TITLES: Readonly<Record<Figure, string>> = {
  append: 'append, events/s',
  scan: 'scan, events/s',
  streams: 'each stream, events/s',
  random: 'single events, events/s',
  bytesPerEvent: 'bytes an event',
  files: 'files',
  rssMb: 'memory, MB',
  consumer: 'handled, events/s',
  durable: 'durable commits/s',
};

const STORE_FIGURES = ['append', 'scan', 'streams', 'random', 'bytesPerEvent', 'files', 'rssMb'] as const;

function store(name: string, options: TunedOptions, eventsPerCommit = 1): Case {
  return [name, { kind: 'store', options, eventsPerCommit }];
}

function saved(name: string, checkpoint: (TuningTask & { kind: 'consumer' })['checkpoint'], events = 100_000): Case {
  return [name, { kind: 'consumer', checkpoint, events }];
}

function waiting(callers: number, options: TunedOptions = {}, name = `${callers} waiting`): Case {
  return [name, { kind: 'durable', options, callers }];
}

/** Two cases: without the redo log and with it. */
function spread(partitioner: NonNullable<TunedOptions['partitioner']>): Case[] {
  return [
    waiting(64, { partitioner }, `'${partitioner}'`),
    waiting(64, { partitioner, redoLogBytes: 1_048_576 }, `'${partitioner}', redoLogBytes: 1 MiB`),
  ];
}

const tables: Readonly<Record<string, Table>> = {
  codec: {
    figures: STORE_FIGURES,
    cases: [
      store('defaults: msgpackr', {}),
      store("serializer: 'json'", { serializer: 'json' }),
      store("compression: 'zstd'", { compression: 'zstd' }),
      store("compression: 'deflate'", { compression: 'deflate' }),
    ],
  },
  commits: {
    figures: STORE_FIGURES,
    cases: [
      store('1 event a commit', {}),
      store('10', {}, 10),
      store('100', {}, 100),
      store("100, compression: 'zstd'", { compression: 'zstd' }, 100),
    ],
  },
  partitioner: {
    figures: STORE_FIGURES,
    cases: [
      store("defaults: 'shared'", {}),
      store("'perCategory'", { partitioner: 'perCategory' }),
      store("'perStream'", { partitioner: 'perStream' }),
    ],
  },
  buffers: {
    figures: STORE_FIGURES,
    cases: [
      store('defaults', {}),
      store('writeBufferSize: 16 KiB', { writeBufferSize: 16_384 }),
      store('writeBufferSize: 4 MiB', { writeBufferSize: 4_194_304 }),
      store('maxWriteBufferDocuments: 100', { maxWriteBufferDocuments: 100 }),
      store('maxWriteBufferDocuments: 1', { maxWriteBufferDocuments: 1 }),
      store('syncOnFlush', { syncOnFlush: true }),
      store('segmentBytes: 1 MiB', { segmentBytes: 1_048_576 }),
      store('eventsPerIndexRun: 16384', { eventsPerIndexRun: 16_384 }),
      store('indexTypes', { indexTypes: true }),
      store('readCacheBytes: 1 MiB', { readCacheBytes: 1_048_576 }),
    ],
  },
  durable: { figures: ['durable'], cases: [1, 4, 16, 64, 256].map((callers) => waiting(callers)) },
  spread: { figures: ['durable'], cases: (['shared', 'hashed(8)', 'perStream'] as const).flatMap(spread) },
  cadence: {
    figures: ['consumer'],
    cases: [
      saved('defaults: every 1,000 events or 1,000 ms', {}),
      saved('everyEvents: 100', { everyEvents: 100 }),
      saved('everyEvents: 10', { everyEvents: 10 }),
      saved('everyEvents: 1', { everyEvents: 1 }),
      saved('everyEvents: 1000, durable', { everyEvents: 1000, durable: true }),
      saved('everyEvents: 100, durable', { everyEvents: 100, durable: true }, 20_000),
      saved('everyEvents: 1, durable', { everyEvents: 1, durable: true }, 2000),
    ],
  },
};

const { values, positionals } = parseArgs({
  options: { publish: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = positionals.length > 0 ? positionals : Object.keys(tables);
const unknown = wanted.filter((name) => !(name in tables));
if (unknown.length > 0) {
  throw new Error(`There is no table ${unknown.join(', ')}: there are ${Object.keys(tables).join(', ')}`);
}
const environment = `Measured on ${new Date().toISOString().slice(0, 10)}: ${formatEnvironment(readEnvironment(tmpdir()))}.`;
console.log(environment);
for (const name of wanted) {
  const table = measured(tables[name]!);
  console.log(`\n${name}\n\n${table}`);
  if (values.publish) {
    await writePage('docs/tuning.md', (page) => withTable(withTable(page, name, table), 'machine', environment));
  }
}

function measured({ figures, cases }: Table): string {
  const rounds = Array.from({ length: ROUNDS }, () => cases.map(([, work]) => run(work)));
  const medians = cases.map((_, index) =>
    figures.map((figure) => median(rounds.map((round) => round[index]![figure] ?? NaN))),
  );
  const head = `| | ${figures.map((figure) => TITLES[figure]).join(' | ')} |\n|---|${'---:|'.repeat(figures.length)}`;
  const lines = cases.map(([title], index) => {
    const cells = medians[index]!.map((value, column) => cell(value, index === 0 ? undefined : medians[0]![column]!));
    return `| ${title} | ${cells.join(' | ')} |`;
  });
  return [head, ...lines].join('\n');
}

function cell(value: number, reference: number | undefined): string {
  return reference === undefined ? short(value) : `${short(value)} (${(value / reference).toFixed(2)})`;
}

function run(work: Work): TuningFigures {
  const directory = mkdtempSync(join(tmpdir(), 'varve-tuning-'));
  try {
    const options = ['--disable-warning=ExperimentalWarning', driver, JSON.stringify({ ...work, directory })];
    return JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' })) as TuningFigures;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
