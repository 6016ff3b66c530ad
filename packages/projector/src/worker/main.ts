/**
 * The program of a worker process. Its supervisor decides when it ends: by a message, by SIGTERM, or by being gone.
 * SIGINT and SIGHUP are ignored, since a terminal sends them to all processes at once and the supervisor must come first.
 */
import { hasErrorCode } from '@varve/core';
import { liveProjectionOf } from '../projection/live-projection.ts';
import { loadProjection } from '../projection/projection-module.ts';
import { EvolveError, reportOf } from '../protocol/error-report.ts';
import type { SupervisorMessage, WorkerSettings } from '../protocol/messages.ts';
import { runProjection } from './projection-worker.ts';
import { SupervisorChannel } from './supervisor-channel.ts';
import { startWatchdog } from './watchdog.ts';

const ignore = (): void => undefined;
process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('SIGTERM', stop);

const stopping = new AbortController();
const mayRun = Promise.withResolvers<void>();
let hasState = false;
const channel = new SupervisorChannel({ onMessage, onClose: stop });

function onMessage(message: SupervisorMessage): void {
  switch (message.type) {
    case 'load':
      void work(message.settings);
      break;
    case 'run':
      mayRun.resolve();
      break;
    case 'stop':
      stop();
      break;
  }
}

function stop(): void {
  stopping.abort();
  // Before there is a state to save, there is nothing to wait for; a module may take forever to load.
  if (!hasState) process.exit(0);
}

async function work(settings: WorkerSettings): Promise<void> {
  const { supervisorPid, orphanTimeoutMs } = settings;
  // Before the user's code is loaded, which may never return either.
  startWatchdog({ supervisorPid, graceMs: orphanTimeoutMs });
  let exitCode = 0;
  let mustPause = false;
  try {
    const projection = await loadProjection(settings.moduleUrl);
    const { name, onFailure, attempts, parts } = projection;
    process.title = parts === 1 ? `varve ${name}` : `varve ${name} ${settings.part + 1}/${parts}`;
    mustPause = onFailure !== 'retry';
    void channel.send({
      type: 'loaded',
      projection: liveProjectionOf(projection),
      rules: { onFailure, attempts },
    });
    await mayRun.promise;
    hasState = true;
    await runProjection(projection, settings, (message) => channel.send(message), stopping.signal);
  } catch (error) {
    exitCode = 1;
    const pauses = mustPause && (error instanceof EvolveError || hasErrorCode(error, 'DEAD_LETTERS_FULL'));
    void channel.send({ type: 'failed', error: reportOf(error), pauses });
  }
  await channel.flush();
  process.exit(exitCode);
}
