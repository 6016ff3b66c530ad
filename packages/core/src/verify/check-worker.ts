/** A thread that checks pieces of a store. */
import { workerData } from 'node:worker_threads';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { CheckBench, type CheckReport, type CheckSetup, type CheckTask, runSteps } from './check-tasks.ts';

let bench: CheckBench | undefined;

/** Undefined when it was asked to stop. */
export function check(task: CheckTask): CheckReport | undefined {
  bench ??= new CheckBench(nodeFileSystem, workerData as CheckSetup);
  return runSteps(bench, task);
}
