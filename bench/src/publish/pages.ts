/** The figures of a run as tables in Markdown: some of them for the README, all of them for a page. */
import { formatEnvironment } from '../report/environment.ts';
import { formatGrowth, growthOf } from '../report/growth.ts';
import type { Entry, Row } from '../report/rows.ts';
import { isGrowth, type Scenario } from '../scenarios.ts';
import { short } from './numbers.ts';
import type { EarlierRun, Published } from './published.ts';

const README_ROWS = [
  'append',
  'scan',
  'read-streams',
  'join',
  'random',
  'consumer',
  'durable-1',
  'durable-64',
  'lag-p50',
  'open',
  'bytes-per-event',
];

/** Contenders that are one product, set up for different promises, share a column. */
const COLUMNS: readonly { readonly title: string; readonly contenders: readonly string[] }[] = [
  { title: 'Varve', contenders: ['varve'] },
  { title: 'event-storage', contenders: ['event-storage'] },
  { title: 'SQLite', contenders: ['sqlite', 'sqlite-full'] },
  { title: 'LMDB', contenders: ['lmdb'] },
  { title: 'LevelDB', contenders: ['classic-level'] },
  { title: 'limit', contenders: ['limit-msgpackr', 'limit-sync'] },
];

const ratios = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

export function readmeTable(published: Published): string {
  const reference = published.rows.filter(({ scenario }) => scenario === 'reference');
  const rows = README_ROWS.flatMap((name) => reference.filter((row) => row.name === name));
  return `${table(rows)}\n\n${origin(published)}`;
}

export function benchmarksPage(published: Published): string {
  const { rows, scenarios, earlier = [] } = published;
  const sections = scenarios
    .filter(({ name }) => !isGrowth(name))
    .map((scenario) =>
      section(
        scenario,
        rows.filter((row) => row.scenario === scenario.name),
        earlier.find((run) => run.scenarios.includes(scenario.name)),
      ),
    );
  const reference = rows.filter(({ scenario }) => scenario === 'reference');
  const charts = reference.map(({ name, title }) => `![${title}](charts/${name}.svg)`);
  return [
    '# Measured beside its peers',
    `Results of \`npm run bench\`, put into tables by \`node bench/dist/publish/main.js\`. ${origin(published)}`,
    'Bold marks the best store of a row. In parentheses: how many times better Varve is; below one, the other is better. A ' +
      'limit does only a part of the work. In the rows of speed, a store is faster only if it does that part in another way: ' +
      'SQLite syncs blocks that its log already has, where the limit of durable commits appends, and Varve writes and reads ' +
      'payloads without msgpackr, which is the codec of the limits. In the rows of memory and bytes, a limit is only one more figure to ' +
      'compare with. [bench/README.md](../bench/README.md) describes each row and how each store is used, ' +
      '[performance.md](performance.md) where the time goes.',
    ...sections,
    ...growthSection(published),
    '## Charts of the reference',
    ...charts,
  ].join('\n\n');
}

function section({ name, shape, rounds }: Scenario, rows: readonly Row[], earlier: EarlierRun | undefined): string {
  const { eventCount, streamCount, eventsPerCommit, eventSize } = shape;
  const what =
    `${eventCount.toLocaleString('en-US')} events (${eventSize}), ${streamCount.toLocaleString('en-US')} streams, ` +
    `${eventsPerCommit} to a commit; medians of rounds: ${rounds}.${earlier === undefined ? '' : ` ${origin(earlier)}`}`;
  return `## ${name.replaceAll('-', ' ')}\n\n${what}\n\n${table(rows)}`;
}

function growthSection({ rows, scenarios, earlier = [] }: Published): string[] {
  const growths = growthOf(rows, scenarios);
  if (growths.length === 0) return [];
  const of = earlier.find((run) => run.scenarios.some(isGrowth));
  return [
    '## Growth',
    'What an event costs as the store grows. The slope is the exponent of the number of events in the cost: 0 ' +
      `if the cost stays the same, 1 if it is proportional.${of === undefined ? '' : ` ${origin(of)}`}`,
    `\`\`\`text\n${formatGrowth(growths).split('\n').slice(2).join('\n').trimEnd()}\n\`\`\``,
    ...['append', 'scan'].map((name) => `![Growth: ${name}](charts/growth-${name}.svg)`),
  ];
}

function origin({ environment, startedAt }: Pick<Published, 'environment' | 'startedAt'>): string {
  return `Measured on ${startedAt.slice(0, 10)}: ${formatEnvironment(environment)}.`;
}

function table(rows: readonly Row[]): string {
  const columns = COLUMNS.filter(({ contenders }) => rows.some((row) => entryOf(row, contenders)));
  const lines = rows.map((row) => {
    const own = entryOf(row, ['varve']);
    const cells = columns.map(({ contenders }) => cell(row, entryOf(row, contenders), own));
    return `| ${row.title}, ${row.unit} | ${cells.join(' | ')} |`;
  });
  const head = `| | ${columns.map(({ title }) => title).join(' | ')} |`;
  return [head, `|---|${'---:|'.repeat(columns.length)}`, ...lines].join('\n');
}

function cell({ better }: Row, entry: Entry | undefined, own: Entry | undefined): string {
  if (!entry) return '-';
  const figure = entry.kind === 'store' && entry.toBest === 1 ? `**${short(entry.median)}**` : short(entry.median);
  if (!own || entry === own || entry.kind === 'limit') return figure;
  const advantage = better === 'more' ? own.median / entry.median : entry.median / own.median;
  return `${figure} (${ratios.format(advantage)})`;
}

function entryOf({ entries }: Row, contenders: readonly string[]): Entry | undefined {
  return entries.find(({ contender }) => contenders.includes(contender));
}
