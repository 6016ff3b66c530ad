/**
 * Runs the tasks of a check: in threads, or in the calling process when the store is small or its files are not real ones. No more
 * tasks are under way than there are threads, so that their data does not pile up.
 */
import { fileURLToPath } from 'node:url';
import type { FileSystem } from '../file-system/file-system.ts';
import { CheckBench, type CheckReport, type CheckSetup, type CheckTask } from './check-tasks.ts';

export interface CheckRunner {
  /** Undefined when the check was cancelled. */
  run(task: CheckTask): Promise<CheckReport | undefined>;
  close(): Promise<void>;
}

/** Runs everything in this thread; other work gets a turn after each step. */
export function runHere(fileSystem: FileSystem, setup: CheckSetup): CheckRunner {
  const bench = new CheckBench(fileSystem, setup);
  return {
    run: async (task) => {
      const steps = bench.steps(task);
      for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (bench.progress.isCancelled) return undefined;
      }
    },
    close: async () => {
      bench.close();
      return Promise.resolve();
    },
  };
}

/** Runs everything in this many threads. */
export async function runInThreads(threads: number, setup: CheckSetup): Promise<CheckRunner> {
  // Loaded on demand: a process that only reads does not pay for it.
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: workerPath,
    name: 'check',
    minThreads: threads,
    maxThreads: threads,
    workerData: setup,
  });
  return {
    run: async (task) => (await pool.run(task)) as CheckReport | undefined,
    close: async () => pool.destroy(),
  };
}

/** Runs the tasks, `width` at a time, and passes each report on as it comes. */
export async function runAll(
  runner: CheckRunner,
  tasks: Iterable<CheckTask>,
  width: number,
  take: (report: CheckReport) => void,
): Promise<void> {
  const left = tasks[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const report = await runner.run(next.value);
      if (report === undefined) return;
      take(report);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** The worker's file is beside this one, compiled or not. */
const workerPath = fileURLToPath(new URL(import.meta.url.replace(/check-runner(\.[jt]s)$/, 'check-worker$1')));
