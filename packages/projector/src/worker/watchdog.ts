/**
 * A thread of a worker process that checks whether the supervisor is still running. A worker whose supervisor is gone
 * saves and ends by itself, unless a function of its projection never returns: then this thread kills the process.
 *
 * The thread runs none of the user's code and waits for no one. It asks the operating system for the parent process,
 * which changes as soon as the supervisor has died, however it died.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

interface WatchdogSettings {
  readonly supervisorPid: number;
  /** The time that the worker has to save and end by itself. */
  readonly graceMs: number;
}

const lookEveryMs = 250;

/** Starts the thread. It ends with the process, and does not keep it alive. */
export function startWatchdog(settings: WatchdogSettings): void {
  const thread = new Worker(new URL(import.meta.url), {
    workerData: settings,
    // Modules that the user preloads into workers are not meant for this thread.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2, stackSizeMb: 2 },
  });
  thread.unref();
}

function watch({ supervisorPid, graceMs }: WatchdogSettings): void {
  const timer = setInterval(() => {
    if (process.ppid === supervisorPid) return;
    clearInterval(timer);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
  }, lookEveryMs);
}

if (!isMainThread) watch(workerData as WatchdogSettings);
