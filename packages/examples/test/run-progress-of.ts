/** The progress of runs for tests: three projections, at the given positions. */
import type { ProjectionStatus } from '@varve/projector';
import { flightProjections } from '../src/flights/projections/flight-projections.ts';
import type { RunProgress } from '../src/flights/running/run-progress.ts';

export interface Positions {
  readonly writer: number;
  readonly projections: readonly number[];
}

/** All processes are running, and everything that was handled is also saved. */
export function runProgressOf({ writer, projections }: Positions, totalEvents = 1000): RunProgress {
  return {
    totalEvents,
    writer: { state: 'writing', pid: 1, position: writer },
    projections: projections.map((position, index) => ({
      name: flightProjections[index]!.name,
      path: 'module.js',
      stream: '_all',
      version: 1,
      state: 'running',
      pid: 2 + index,
      position,
      savedPosition: position,
      coveredPosition: position,
      lag: { events: writer - position, ms: 1.5 },
      isLive: true,
      handledEvents: position,
      liveLag: { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 },
      parts: [],
      liveVersion: 1,
      rebuild: undefined,
      deadLetters: 0,
      lastProgressAt: undefined,
      restarts: 0,
      failures: 0,
      lastError: undefined,
    })),
  };
}

/** The same, with changes in the status of one projection. */
export function withStatus(progress: RunProgress, name: string, change: Partial<ProjectionStatus>): RunProgress {
  const projections = progress.projections.map((status) => (status.name === name ? { ...status, ...change } : status));
  return { ...progress, projections };
}
