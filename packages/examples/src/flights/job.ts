/** The flights job: runs the processes, then checks everything they have done. */
import { CommitPlan } from './data/commit-plan.ts';
import { readFlights } from './data/flight.ts';
import type { JobOptions } from './options.ts';
import { compareResults } from './results/comparison.ts';
import { checkEvents } from './results/event-check.ts';
import type { JobReport } from './results/report.ts';
import { FlightsRun, type RunObserver } from './running/flights-run.ts';

/** Rejects when a process fails or `signal` aborts; all processes have ended by then. */
export async function runJob(
  options: JobOptions & { readonly directory: string },
  observer: RunObserver,
  signal: AbortSignal,
): Promise<JobReport> {
  const { directory, projections, eventsPerSecond } = options;
  const flights = readFlights(options.flights);
  const plan = new CommitPlan(flights);
  const settings = {
    storageDirectory: directory,
    flights: flights.length,
    eventsPerSecond,
    totalEvents: plan.length,
    projections,
    victim: 'busiest-routes',
  };
  await using run = await FlightsRun.start(settings, observer, signal);
  await run.untilComplete(signal);
  await run.stopProjections();
  return {
    expectedEvents: plan.length,
    check: checkEvents(run.store, plan),
    comparisons: compareResults(flights, directory),
    kills: run.killed,
    lags: run.progress().projections.map(({ name, liveLag }) => ({ name, ...liveLag })),
    writtenInSeconds: run.writtenInSeconds,
    eventsPerSecond: plan.length / run.writtenInSeconds,
    pacePerSecond: eventsPerSecond,
  };
}
