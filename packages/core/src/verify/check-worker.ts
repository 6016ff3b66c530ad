/** A thread that checks pieces of a store. */
import { workerData } from 'node:worker_threads';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { type CheckRunner, runHere } from './check-runner.ts';
import type { CheckReport, CheckSetup, CheckTask } from './check-tasks.ts';

let runner: CheckRunner | undefined;

/** Undefined when the check was cancelled. */
export async function check(task: CheckTask): Promise<CheckReport | undefined> {
  runner ??= runHere(nodeFileSystem, workerData as CheckSetup);
  return runner.run(task);
}
