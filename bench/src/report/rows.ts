/** What is reported: one row per figure, each with all its contenders. */
import type { Contender, ContenderKind } from '../contenders/contender.ts';
import type { Measurement } from '../workloads/measurement.ts';
import type { WorkloadName } from '../workloads/workload-name.ts';
import { median, summarize, type Summary } from './statistics.ts';

interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: 'events/s' | 'commits/s' | 'bytes' | 'MB' | 'ms';
  readonly better: 'more' | 'less';
  readonly workload: WorkloadName;
  readonly of: (measurement: Measurement) => number;
}

const MEGABYTE = 1_000_000;

const figures: readonly Figure[] = [
  { name: 'append', title: 'append', workload: 'append', ...throughput() },
  { name: 'scan', title: 'scan all in global order', workload: 'scan', ...throughput() },
  { name: 'scan-backward', title: 'scan all backward', workload: 'scan-backward', ...throughput() },
  { name: 'read-streams', title: 'read each stream', workload: 'read-streams', ...throughput() },
  { name: 'join', title: 'read a join of ten streams', workload: 'join', ...throughput() },
  { name: 'category', title: 'read a category, a tenth of all', workload: 'category', ...throughput() },
  { name: 'derived', title: 'read a derived stream, a hundredth of all', workload: 'derived', ...throughput() },
  { name: 'random', title: 'random single events', workload: 'random', ...throughput() },
  { name: 'ndjson', title: 'everything as lines of JSON', workload: 'ndjson', ...throughput() },
  { name: 'consumer', title: 'consumer with a state, saved every 100 events', workload: 'consumer', ...throughput() },
  { name: 'lag-p50', title: 'commit to consumer in another process, 1,000/s, p50', workload: 'lag', ...lag('p50') },
  { name: 'lag-p99', title: 'commit to consumer in another process, 1,000/s, p99', workload: 'lag', ...lag('p99') },
  { name: 'busy-lag-p50', title: 'the same at 20,000/s, p50', workload: 'busy-lag', ...lag('p50') },
  { name: 'busy-lag-p99', title: 'the same at 20,000/s, p99', workload: 'busy-lag', ...lag('p99') },
  { name: 'durable-1', title: 'durable commits, one caller that waits', workload: 'durable-1', ...commits() },
  { name: 'durable-64', title: 'durable commits, 64 callers that wait', workload: 'durable-64', ...commits() },
  { name: 'open', title: 'open for writing', workload: 'open', ...opening() },
  { name: 'recover', title: 'open after the writer was killed', workload: 'recover', ...opening() },
  { name: 'reindex', title: 'make all indexes again', workload: 'reindex', ...throughput() },
  {
    name: 'bytes-per-event',
    title: 'bytes per event on disk',
    unit: 'bytes',
    better: 'less',
    workload: 'append',
    of: ({ storeSizeBytes, eventsPerPass }) => (storeSizeBytes ?? 0) / eventsPerPass,
  },
  { name: 'peak-rss-append', title: 'peak RSS that appending adds', workload: 'append', ...addedMemory() },
  { name: 'peak-rss-open', title: 'peak RSS that opening adds', workload: 'open', ...addedMemory() },
  { name: 'peak-rss-scan', title: 'peak RSS that scanning adds', workload: 'scan', ...addedMemory() },
];

function throughput(): Pick<Figure, 'unit' | 'better' | 'of'> {
  return {
    unit: 'events/s',
    better: 'more',
    of: ({ eventsPerPass, passesNs }) => (eventsPerPass * 1e9) / median(passesNs),
  };
}

function commits(): Pick<Figure, 'unit' | 'better' | 'of'> {
  return { ...throughput(), unit: 'commits/s' };
}

function opening(): Pick<Figure, 'unit' | 'better' | 'of'> {
  return { unit: 'ms', better: 'less', of: ({ openNs }) => (openNs ?? NaN) / 1e6 };
}

function lag(percentile: 'p50' | 'p99'): Pick<Figure, 'unit' | 'better' | 'of'> {
  return { unit: 'ms', better: 'less', of: ({ lagNs }) => (lagNs?.[percentile] ?? NaN) / 1e6 };
}

/** The peak alone says little: most of it is Node itself and, while appending, the events that wait to be appended. */
function addedMemory(): Pick<Figure, 'unit' | 'better' | 'of'> {
  return {
    unit: 'MB',
    better: 'less',
    of: ({ peakRssBytes, rssBeforeBytes }) => (peakRssBytes - rssBeforeBytes) / MEGABYTE,
  };
}

export interface Entry extends Summary {
  readonly contender: string;
  readonly title: string;
  readonly kind: ContenderKind;
  /** The median divided by that of the baseline; undefined when the baseline did not run. */
  readonly toBaseline: number | undefined;
  /** The median divided by that of the best store, which may be this one. */
  readonly toBest: number | undefined;
}

export interface Row extends Pick<Figure, 'name' | 'title' | 'unit' | 'better'> {
  readonly scenario: string;
  readonly entries: readonly Entry[];
}

/** The rows of what was measured, scenario by scenario. */
export function rowsOf(
  contenders: readonly Contender[],
  measurements: readonly Measurement[],
  baselineName: string,
): Row[] {
  const scenarios = [...new Set(measurements.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    const own = measurements.filter((measurement) => measurement.scenario === scenario);
    return figures
      .map((figure) => rowOf(figure, scenario, contenders, own, baselineName))
      .filter(({ entries }) => entries.length > 0);
  });
}

function rowOf(
  { name, title, unit, better, workload, of }: Figure,
  scenario: string,
  contenders: readonly Contender[],
  measurements: readonly Measurement[],
  baselineName: string,
): Row {
  const summaries = contenders.flatMap((contender) => {
    const samples = measurements
      .filter((measurement) => measurement.contender === contender.name && measurement.workload === workload)
      .map(of);
    return samples.length === 0 ? [] : [{ contender, ...summarize(samples) }];
  });
  const baseline = summaries.find(({ contender }) => contender.name === baselineName)?.median;
  const stores = summaries.filter(({ contender }) => contender.kind === 'store').map((summary) => summary.median);
  const best = stores.length === 0 ? undefined : better === 'more' ? Math.max(...stores) : Math.min(...stores);
  const entries = summaries.map(({ contender, ...summary }) => ({
    contender: contender.name,
    title: contender.title,
    kind: contender.kind,
    ...summary,
    toBaseline: baseline && summary.median / baseline,
    toBest: best && summary.median / best,
  }));
  return { scenario, name, title, unit, better, entries };
}
