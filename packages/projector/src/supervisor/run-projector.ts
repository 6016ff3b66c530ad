/**
 * A projector as a program: runs until SIGINT or SIGTERM stops it. The only part of this package that handles signals
 * of the process.
 */
import type { ProjectionStatus } from './projection-status.ts';
import { Projector } from './projector.ts';
import type { ProjectorOptions } from './projector-options.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Starts a projector, or one that you created in order to listen to it, and resolves with the last status of its
 * projections when a signal has stopped it. A second signal kills workers that have not ended yet.
 *
 * Rejects when the projector cannot start, when every projection was given up, and, once it is stopped, when one was.
 * As the last statement of a program, this sets the exit code.
 */
export async function runProjector(projectorOrOptions: Projector | ProjectorOptions): Promise<ProjectionStatus[]> {
  const projector = projectorOrOptions instanceof Projector ? projectorOrOptions : new Projector(projectorOrOptions);
  const ended = Promise.withResolvers<void>();
  let isStopping = false;
  const onSignal = (): void => {
    void projector.stop(isStopping ? { timeoutMs: 0 } : {}).then(ended.resolve);
    isStopping = true;
  };
  const onStatus = (): void => {
    if (projector.status().every(({ state }) => state === 'failed')) ended.resolve();
  };
  for (const signal of signals) process.on(signal, onSignal);
  projector.on('status', onStatus);
  try {
    await projector.start().catch((error: unknown) => {
      // It was stopped before it had started, as the signal asked.
      if (!isStopping) throw error;
    });
    await ended.promise;
    await projector.stop();
    const [failure] = projector.failures();
    if (failure !== undefined) throw failure;
    return projector.status();
  } finally {
    projector.off('status', onStatus);
    for (const signal of signals) process.off(signal, onSignal);
  }
}
