/**
 * Runs every workload of every contender, scenario by scenario and round by round. Within a round, all contenders run
 * one workload before the next begins, so that the figures of one row are taken seconds apart: a machine that is slow
 * for a minute is slow for all of them. The order rotates, so that no contender always follows the same neighbour.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contenders/contender.ts';
import type { Durations } from '../options.ts';
import type { Scenario } from '../scenarios.ts';
import type { Measurement } from '../workloads/measurement.ts';
import { standalone, type WorkloadName, workloadNames } from '../workloads/workload-name.ts';
import { runDriver } from './driver-process.ts';

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly scenarios: readonly Scenario[];
  readonly durations: Durations;
  /** An existing directory for the stores; each round removes its own. */
  readonly directory: string;
}

export interface Step {
  readonly scenario: string;
  readonly round: number;
  readonly rounds: number;
  readonly contender: string;
  readonly workload: WorkloadName;
}

/** Contenders are only ever compared within a workload, so a failure costs one row, not the run. */
export interface Failure extends Step {
  readonly message: string;
}

export interface RoundResult {
  readonly scenario: string;
  readonly round: number;
  readonly measurements: readonly Measurement[];
  readonly failures: readonly Failure[];
}

export async function runRounds(
  plan: Plan,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<readonly RoundResult[]> {
  const results: RoundResult[] = [];
  for (const scenario of plan.scenarios) {
    for (let round = 1; round <= scenario.rounds; round++) {
      results.push(await runRound(plan, scenario, round, signal, onStep));
    }
  }
  return results;
}

async function runRound(
  plan: Plan,
  scenario: Scenario,
  round: number,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<RoundResult> {
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  const roundDirectory = join(plan.directory, scenario.name, String(round));
  for (const { contender, workload } of stepsOf(plan.contenders, scenario, round)) {
    const step = { scenario: scenario.name, round, rounds: scenario.rounds, contender: contender.name, workload };
    // A contender that failed to append has nothing to read.
    const hasNothing = failures.some(
      (failure) => failure.contender === contender.name && failure.workload === 'append',
    );
    if (hasNothing && !standalone.has(workload)) continue;
    onStep(step);
    const directory = join(roundDirectory, contender.name);
    const { shape } = scenario;
    try {
      const measurement = await runDriver({ ...step, ...plan.durations, shape, directory }, signal);
      if (contender.workloads.includes(workload)) measurements.push(measurement);
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ ...step, message: (error as Error).message });
    }
  }
  rmSync(roundDirectory, { recursive: true, force: true });
  return { scenario: scenario.name, round, measurements, failures };
}

function* stepsOf(
  contenders: readonly Contender[],
  { workloads, contenders: allowed }: Scenario,
  round: number,
): Generator<{ readonly contender: Contender; readonly workload: WorkloadName }> {
  const taking = contenders.filter(({ name }) => allowed?.includes(name) ?? true);
  for (const workload of workloadNames.filter((name) => workloads.includes(name))) {
    for (const contender of rotated(taking, round - 1)) {
      // A contender that reads must append, reported or not.
      const reads = contender.workloads.some(
        (name) => name !== 'append' && workloads.includes(name) && !standalone.has(name),
      );
      const takesPart = contender.workloads.includes(workload) || (workload === 'append' && reads);
      if (takesPart) yield { contender, workload };
    }
  }
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  if (items.length === 0) return [];
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
