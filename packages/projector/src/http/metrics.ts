/** The status of projections in the text format of Prometheus, version 0.0.4. */
import type { ProjectionRunState, ProjectionStatus } from '../supervisor/projection-status.ts';

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly value: (status: ProjectionStatus) => number | undefined;
}

const metrics: readonly Metric[] = [
  {
    name: 'position',
    type: 'gauge',
    help: 'Position of the last event that was handled.',
    value: (status) => status.position,
  },
  {
    name: 'saved_position',
    type: 'gauge',
    help: 'Position of the last event in the saved state.',
    value: (status) => status.savedPosition,
  },
  { name: 'lag_events', type: 'gauge', help: 'Events that wait to be handled.', value: ({ lag }) => lag.events },
  {
    name: 'lag_seconds',
    type: 'gauge',
    help: 'How long the oldest event may have been waiting.',
    value: ({ lag }) => lag.ms / 1000,
  },
  {
    name: 'handled_events_total',
    type: 'counter',
    help: 'Events that were handled, by all parts.',
    value: (status) => status.handledEvents,
  },
  { name: 'dead_letters', type: 'gauge', help: 'Events that were skipped.', value: (status) => status.deadLetters },
  {
    name: 'restarts_total',
    type: 'counter',
    help: 'Workers that were started after the first.',
    value: (status) => status.restarts,
  },
  {
    name: 'failures',
    type: 'gauge',
    help: 'Ends of a worker in a row without progress.',
    value: (status) => status.failures,
  },
  {
    name: 'last_progress_timestamp_seconds',
    type: 'gauge',
    help: 'When an event was handled last, in seconds since 1970.',
    value: ({ lastProgressAt }) => (lastProgressAt === undefined ? undefined : lastProgressAt / 1000),
  },
  {
    name: 'version',
    type: 'gauge',
    help: 'Version whose state is read.',
    value: (status) => status.liveVersion,
  },
];

const states: readonly ProjectionRunState[] = [
  'starting',
  'running',
  'rebuilding',
  'restarting',
  'paused',
  'failed',
  'stopped',
];

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(statuses: readonly ProjectionStatus[]): string {
  const lines: string[] = [];
  for (const { name, type, help, value } of metrics) {
    lines.push(...heading(name, type, help));
    for (const status of statuses) {
      const number = value(status);
      if (number !== undefined) lines.push(sample(name, { projection: status.name }, number));
    }
  }
  lines.push(...heading('state', 'gauge', 'Whether the projection is in this state.'));
  for (const status of statuses) {
    for (const state of states) {
      lines.push(sample('state', { projection: status.name, state }, status.state === state ? 1 : 0));
    }
  }
  lines.push(...heading('commit_to_handler_seconds', 'summary', 'From commit to handler, of events handled live.'));
  for (const { name, liveLag } of statuses) {
    const { count, p50Ms, p99Ms } = liveLag;
    lines.push(sample('commit_to_handler_seconds', { projection: name, quantile: '0.5' }, p50Ms / 1000));
    lines.push(sample('commit_to_handler_seconds', { projection: name, quantile: '0.99' }, p99Ms / 1000));
    lines.push(sample('commit_to_handler_seconds_count', { projection: name }, count));
  }
  return `${lines.join('\n')}\n`;
}

function heading(name: string, type: string, help: string): string[] {
  return [`# HELP varve_projection_${name} ${help}`, `# TYPE varve_projection_${name} ${type}`];
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const list = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `varve_projection_${name}{${list.join(',')}} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
