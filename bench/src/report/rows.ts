/** What is reported: one row a figure, each with all its contenders. */
import type { Contender, ContenderKind } from '../contenders/contender.ts';
import type { Measurement } from '../workloads/measurement.ts';
import type { WorkloadName } from '../workloads/workload-name.ts';
import { median, summarize, type Summary } from './statistics.ts';

interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: 'events/s' | 'bytes' | 'MB' | 'ms';
  readonly better: 'more' | 'less';
  readonly workload: WorkloadName;
  readonly of: (measurement: Measurement) => number;
}

const MEGABYTE = 1_000_000;

const figures: readonly Figure[] = [
  { name: 'append', title: 'append, one event a commit', workload: 'append', ...throughput() },
  { name: 'scan', title: 'scan all in global order', workload: 'scan', ...throughput() },
  { name: 'read-streams', title: 'read each stream', workload: 'read-streams', ...throughput() },
  { name: 'random', title: 'random single events', workload: 'random', ...throughput() },
  { name: 'lag-p50', title: 'commit to consumer in another process, p50', workload: 'lag', ...lag('p50') },
  { name: 'lag-p99', title: 'commit to consumer in another process, p99', workload: 'lag', ...lag('p99') },
  {
    name: 'bytes-per-event',
    title: 'bytes per event on disk',
    unit: 'bytes',
    better: 'less',
    workload: 'append',
    of: ({ storeSizeBytes, eventsPerPass }) => (storeSizeBytes ?? 0) / eventsPerPass,
  },
  {
    name: 'peak-rss-append',
    title: 'peak RSS that appending adds',
    workload: 'append',
    ...addedMemory(),
  },
  { name: 'peak-rss-scan', title: 'peak RSS that scanning adds', workload: 'scan', ...addedMemory() },
];

function throughput(): Pick<Figure, 'unit' | 'better' | 'of'> {
  return {
    unit: 'events/s',
    better: 'more',
    of: ({ eventsPerPass, passesNs }) => (eventsPerPass * 1e9) / median(passesNs),
  };
}

function lag(percentile: 'p50' | 'p99'): Pick<Figure, 'unit' | 'better' | 'of'> {
  return { unit: 'ms', better: 'less', of: ({ lagNs }) => (lagNs?.[percentile] ?? NaN) / 1e6 };
}

/** The peak alone says little: most of it is Node itself and, while appending, the events that wait for their turn. */
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
  /** Median divided by that of the baseline; undefined when that one did not run. */
  readonly toBaseline: number | undefined;
  /** Median divided by that of the best store, be it itself. */
  readonly toBest: number | undefined;
}

export interface Row extends Pick<Figure, 'name' | 'title' | 'unit' | 'better'> {
  readonly entries: readonly Entry[];
}

export function rowsOf(
  contenders: readonly Contender[],
  measurements: readonly Measurement[],
  baselineName: string,
): Row[] {
  return figures.map(({ name, title, unit, better, workload, of }) => {
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
    return { name, title, unit, better, entries };
  });
}
