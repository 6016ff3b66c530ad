/**
 * Looks after one projection: starts its worker process, hears its reports, starts another one when it ends, and
 * gives up when that leads nowhere. It runs none of the user's code, and never more than one process at a time.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type ErrorCode, VarveError } from '@varve/core';
import type { ProjectionIdentity } from '../projection/projection.ts';
import { type ErrorReport, errorOf } from '../protocol/error-report.ts';
import type { ProgressReport, WorkerMessage, WorkerSettings } from '../protocol/messages.ts';
import { ProjectionAccount } from './projection-account.ts';
import type { ProjectionRestart, ProjectionRunState, ProjectionStatus } from './projection-status.ts';
import type { ResolvedProjectorOptions } from './projector-options.ts';
import { RestartPolicy } from './restart-policy.ts';
import { SilenceWatch } from './silence-watch.ts';
import { WorkerFailedError } from './worker-failed-error.ts';
import { type WorkerEnd, WorkerProcess } from './worker-process.ts';

interface SupervisorEvents {
  /** The run state changed. */
  status: [];
  /** A report came. */
  progress: [];
  'caught-up': [];
  restart: [restart: ProjectionRestart];
  failed: [error: Error];
}

/** What another attempt cannot mend: the projection is given up at once. */
const hopeless: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  'CONSUMER_STATE',
  'DIVERGED',
  'INVALID_OPTION',
  'NEWER_FORMAT',
  'NOT_A_STORE',
  'PROJECTION_INVALID',
  'PROJECTION_LOAD',
  'STORE_MISSING',
]);

export class ProjectionSupervisor extends EventEmitter<SupervisorEvents> {
  /** Resolves when the module was loaded for the first time; rejects when the projection is given up before. */
  readonly loaded: Promise<ProjectionIdentity>;
  /** Resolves when events are handled for the first time; rejects when the projection is given up before. */
  readonly running: Promise<void>;
  private readonly options: ResolvedProjectorOptions;
  private readonly settings: WorkerSettings;
  private readonly account: ProjectionAccount;
  private readonly policy: RestartPolicy;
  private readonly firstLoad = Promise.withResolvers<ProjectionIdentity>();
  private readonly firstRun = Promise.withResolvers<void>();
  private readonly stopping = new AbortController();
  private mayRun = false;
  private worker: WorkerProcess | undefined;
  private silence: SilenceWatch | undefined;
  /** What the worker, or its silence, said about its end before it ended. */
  private lastWords: ErrorReport | undefined;
  private failure: Error | undefined;
  private finished: Promise<void> | undefined;

  constructor(moduleUrl: string, options: ResolvedProjectorOptions) {
    super();
    // One listener for each caller that waits for a position.
    this.setMaxListeners(0);
    this.options = options;
    this.account = new ProjectionAccount(moduleUrl);
    this.policy = new RestartPolicy(options.restart);
    const { storageDirectory, store, stateDirectory, checkpoint, reportIntervalMs, heartbeat } = options;
    const heartbeatIntervalMs = heartbeat.intervalMs;
    const place = { moduleUrl, storageDirectory, store, stateDirectory };
    this.settings = { ...place, checkpoint, reportIntervalMs, heartbeatIntervalMs };
    this.loaded = this.firstLoad.promise;
    this.running = this.firstRun.promise;
    // Whoever starts the projection waits for these; nobody has to.
    this.loaded.catch(() => undefined);
    this.running.catch(() => undefined);
  }

  /** Name of the projection; the file name of its module until that was loaded. */
  get name(): string {
    return this.account.name;
  }

  /** Why the projection was given up. */
  get error(): Error | undefined {
    return this.failure;
  }

  start(): void {
    this.finished = this.supervise();
  }

  /** Lets the worker handle events, once all projections are loaded and known to differ. */
  run(): void {
    this.mayRun = true;
    this.worker?.send({ type: 'run' });
  }

  /** Stops the worker, which saves first; kills it when it has not ended after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    this.finished ??= Promise.resolve(this.endStopped());
    this.worker?.send({ type: 'stop' });
    const deadline = setTimeout(() => this.worker?.kill(), timeoutMs);
    await this.finished;
    clearTimeout(deadline);
  }

  /** Resolves when the saved state contains all events up to `position`; rejects when it never will. */
  async waitFor(position: number, signal?: AbortSignal): Promise<void> {
    while (this.account.coveredPosition < position) {
      signal?.throwIfAborted();
      if (this.failure !== undefined) throw this.failure;
      if (this.stopping.signal.aborted) throw this.stopped();
      await this.nextChange(signal);
    }
  }

  status(): ProjectionStatus {
    return this.account.status(this.worker?.pid, this.policy.failures);
  }

  private async supervise(): Promise<void> {
    const { account, stopping } = this;
    while (!stopping.signal.aborted) {
      const end = await this.runWorker();
      if (stopping.signal.aborted) break;
      const error = this.lastWords ?? { message: reasonOf(end) };
      account.lastError = error;
      const delayMs = hopeless.has(error.code) ? undefined : this.policy.failed();
      if (delayMs === undefined) {
        this.giveUp(error, end);
        return;
      }
      this.enter('restarting');
      this.emit('restart', { name: this.name, delayMs, failures: this.policy.failures, error });
      await wait(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      account.restarts++;
    }
    this.endStopped();
  }

  /** One process, from start to end. */
  private async runWorker(): Promise<WorkerEnd> {
    const { workerOutput, nodeOptions, heartbeat, restart } = this.options;
    this.lastWords = undefined;
    const worker = await WorkerProcess.start({ workerOutput, nodeOptions, onMessage: (message) => this.hear(message) });
    this.worker = worker;
    const silence = new SilenceWatch(heartbeat, () => {
      this.lastWords = {
        message: `its process gave no sign of life for ${heartbeat.timeoutMs} ms and was killed`,
      };
      worker.kill();
    });
    this.silence = silence;
    const survival = setTimeout(() => this.policy.survived(), restart.resetAfterMs).unref();
    // The projector was stopped while the process was being started.
    if (this.stopping.signal.aborted) worker.kill();
    worker.send({ type: 'load', settings: this.settings });
    const end = await worker.ended;
    clearTimeout(survival);
    silence.stop();
    this.worker = undefined;
    return end;
  }

  private hear(message: WorkerMessage): void {
    this.silence?.heard();
    switch (message.type) {
      case 'loaded':
        this.acceptLoaded(message.projection);
        break;
      case 'running':
        this.policy.saved(message.position);
        this.enter('running');
        this.firstRun.resolve();
        break;
      case 'progress':
        this.acceptProgress(message);
        break;
      case 'failed':
        this.lastWords = message.error;
        this.account.lastError = message.error;
        break;
    }
  }

  private acceptLoaded(identity: ProjectionIdentity): void {
    const { account } = this;
    const before = account.identity;
    if (before !== undefined && !isSame(before, identity)) {
      // The module was changed under a running projector: its state would go to another place than it came from.
      this.lastWords = changedModule(account.path, before, identity);
      this.worker?.kill();
      return;
    }
    account.identity = identity;
    this.firstLoad.resolve(identity);
    if (this.mayRun) this.worker?.send({ type: 'run' });
  }

  private acceptProgress(report: ProgressReport): void {
    const hasCaughtUp = this.account.add(report);
    this.policy.saved(report.savedPosition);
    this.emit('progress');
    if (hasCaughtUp) this.emit('caught-up');
  }

  private enter(state: ProjectionRunState): void {
    this.account.enter(state);
    this.emit('status');
  }

  private giveUp(error: ErrorReport, end: WorkerEnd): void {
    const cause = errorOf(error);
    this.failure = hopeless.has(error.code)
      ? cause
      : new WorkerFailedError({
          projection: this.name,
          path: this.account.path,
          failures: this.policy.failures,
          end,
          reason: error,
          cause: this.lastWords === undefined ? undefined : cause,
        });
    this.firstLoad.reject(this.failure);
    this.firstRun.reject(this.failure);
    this.enter('failed');
    this.emit('failed', this.failure);
  }

  private endStopped(): void {
    this.firstLoad.reject(this.stopped());
    this.firstRun.reject(this.stopped());
    this.enter('stopped');
  }

  private stopped(): VarveError {
    return new VarveError('STORE_CLOSED', `The projector of projection ${JSON.stringify(this.name)} was stopped.`, {
      path: this.account.path,
      hint: 'Start a new projector; it goes on where this one ended.',
    });
  }

  private nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve) => {
      const done = (): void => {
        this.off('progress', done).off('status', done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.on('progress', done).on('status', done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}

function isSame(left: ProjectionIdentity, right: ProjectionIdentity): boolean {
  return left.name === right.name && left.stream === right.stream && left.version === right.version;
}

function changedModule(path: string, before: ProjectionIdentity, after: ProjectionIdentity): ErrorReport {
  const describe = ({ name, stream, version }: ProjectionIdentity): string =>
    `${name}, version ${version}, of ${stream}`;
  return {
    code: 'PROJECTION_INVALID',
    message: `${path} was changed while it ran: from ${describe(before)} to ${describe(after)}.`,
    path,
    hint: 'Start a new projector for the changed projection.',
  };
}

/** Why a process ended that said nothing. */
function reasonOf({ spawnError, signal, exitCode }: WorkerEnd): string {
  if (spawnError !== undefined) return `its process could not be started: ${spawnError}`;
  if (signal !== undefined) return `its process was ended by ${signal}`;
  return `its process ended by itself with exit code ${exitCode ?? 'unknown'}`;
}
