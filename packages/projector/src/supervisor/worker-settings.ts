import type { WorkerSettings } from '../protocol/messages.ts';
import type { ResolvedProjectorOptions } from './projector-options.ts';

/** The settings that a worker receives when it starts. */
export function workerSettings(
  { moduleUrl, part }: { readonly moduleUrl: string; readonly part: number },
  options: ResolvedProjectorOptions,
  caution: Pick<WorkerSettings, 'announcesEvents' | 'condemned' | 'replaysDeadLetters'>,
): WorkerSettings {
  const { storageDirectory, store, stateDirectory, checkpoint, reportIntervalMs, heartbeat, restart, reload } = options;
  return {
    moduleUrl,
    part,
    storageDirectory,
    store,
    stateDirectory,
    checkpoint,
    reportIntervalMs,
    heartbeatIntervalMs: heartbeat.intervalMs,
    retry: restart,
    supervisorPid: process.pid,
    orphanTimeoutMs: options.stopTimeoutMs,
    // All parts have the same files.
    tellsFiles: reload && part === 0,
    ...caution,
  };
}
