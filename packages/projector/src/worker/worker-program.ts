/**
 * What a worker does, in a process or in a thread: on `load` it loads its projection and reports it, on `run` it
 * handles events and reports its progress until `stop`. It ends on its own only when it fails.
 */
import { hasErrorCode } from '@varve/core';
import { liveProjectionOf } from '../projection/live-projection.ts';
import { loadProjection } from '../projection/projection-module.ts';
import type { Projection } from '../projection/projection.ts';
import { EvolveError, reportOf } from '../protocol/error-report.ts';
import type { SupervisorMessage, WorkerMessage, WorkerSettings } from '../protocol/messages.ts';
import { ModuleTrace } from './module-trace.ts';
import { runProjection } from './projection-worker.ts';

/** The channel from the worker to its supervisor. */
export interface WorkerChannel {
  /** Sends a message; resolves when it has left. */
  send(message: WorkerMessage): Promise<void>;
  /** Resolves when everything sent has left. */
  flush(): Promise<void>;
}

export interface WorkerHost {
  readonly channel: WorkerChannel;
  /** Called before the user's code is loaded. */
  readonly prepare: (settings: WorkerSettings) => void;
  /** Called when the projection of the worker is known. */
  readonly loaded: (projection: Projection, part: number) => void;
  /** Ends the worker. */
  readonly end: (exitCode: number) => void;
}

export class WorkerProgram {
  private readonly host: WorkerHost;
  private readonly stopping = new AbortController();
  private readonly mayRun = Promise.withResolvers<void>();
  private hasState = false;

  constructor(host: WorkerHost) {
    this.host = host;
  }

  accept(message: SupervisorMessage): void {
    switch (message.type) {
      case 'load':
        void this.work(message.settings);
        break;
      case 'run':
        this.mayRun.resolve();
        break;
      case 'stop':
        this.stop();
        break;
    }
  }

  stop(): void {
    this.stopping.abort();
    // Before there is a state to save, there is nothing to wait for; a module may take forever to load.
    if (!this.hasState) this.host.end(0);
  }

  private async work(settings: WorkerSettings): Promise<void> {
    const { channel, prepare, loaded, end } = this.host;
    let exitCode = 0;
    let mustPause = false;
    try {
      prepare(settings);
      const projection = await this.load(settings);
      const { onFailure, attempts } = projection;
      loaded(projection, settings.part);
      mustPause = onFailure !== 'retry';
      void channel.send({
        type: 'loaded',
        projection: liveProjectionOf(projection),
        rules: { onFailure, attempts },
      });
      await this.mayRun.promise;
      this.hasState = true;
      await runProjection(projection, settings, (message) => channel.send(message), this.stopping.signal);
    } catch (error) {
      exitCode = 1;
      const isRefusal = error instanceof EvolveError || hasErrorCode(error, 'DEAD_LETTERS_FULL');
      // A worker that was told to end between two attempts has not made enough of them to ask for a pause.
      const pauses = mustPause && isRefusal && !this.stopping.signal.aborted;
      void channel.send({ type: 'failed', error: reportOf(error), pauses });
    }
    await channel.flush();
    end(exitCode);
  }

  private async load({ moduleUrl, tellsFiles }: WorkerSettings): Promise<Projection> {
    if (!tellsFiles) return loadProjection(moduleUrl);
    const trace = new ModuleTrace(moduleUrl);
    try {
      return await loadProjection(moduleUrl);
    } finally {
      void this.host.channel.send({ type: 'files', files: trace.end() });
    }
  }
}
