/**
 * Runs every workload of every contender, round after round. Within a round the contenders take turns at one workload
 * before the next begins, so that the figures of one row are taken seconds apart: a machine that is slow for a minute
 * is slow for all of them. The order rotates, so that nobody always follows the same neighbour.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contenders/contender.ts';
import type { WorkloadShape } from '../reference/reference-workload.ts';
import type { Measurement } from '../workloads/measurement.ts';
import { workloadNames, type WorkloadName } from '../workloads/workload-name.ts';
import { runDriver } from './driver-process.ts';

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly shape: WorkloadShape;
  readonly rounds: number;
  readonly warmPasses: number;
  readonly lagSeconds: number;
  /** An existing directory for the stores; each round removes its own. */
  readonly directory: string;
}

/** Contenders are only ever compared within a workload, so a failure costs a row and not the run. */
export interface Failure {
  readonly contender: string;
  readonly workload: WorkloadName;
  readonly round: number;
  readonly message: string;
}

export interface RoundResult {
  readonly round: number;
  readonly measurements: readonly Measurement[];
  readonly failures: readonly Failure[];
}

export interface Step {
  readonly round: number;
  readonly contender: string;
  readonly workload: WorkloadName;
}

export async function runRounds(
  plan: Plan,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<readonly RoundResult[]> {
  const results: RoundResult[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    results.push(await runRound(plan, round, signal, onStep));
  }
  return results;
}

async function runRound(
  plan: Plan,
  round: number,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<RoundResult> {
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  const roundDirectory = join(plan.directory, `round-${round}`);
  for (const workload of workloadNames) {
    for (const contender of rotated(plan.contenders, round - 1)) {
      // Everybody appends, because the other workloads read what that leaves behind.
      const reported = contender.workloads.includes(workload);
      const failed = failures.some((failure) => failure.contender === contender.name && failure.workload === 'append');
      if (failed || (!reported && workload !== 'append')) continue;
      onStep({ round, contender: contender.name, workload });
      const directory = join(roundDirectory, contender.name);
      const { shape, warmPasses, lagSeconds } = plan;
      const assignment = { contender: contender.name, workload, shape, directory, warmPasses, lagSeconds };
      try {
        const measurement = await runDriver(assignment, signal);
        if (reported) measurements.push(measurement);
      } catch (error) {
        signal.throwIfAborted();
        failures.push({ contender: contender.name, workload, round, message: (error as Error).message });
      }
    }
  }
  rmSync(roundDirectory, { recursive: true, force: true });
  return { round, measurements, failures };
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
