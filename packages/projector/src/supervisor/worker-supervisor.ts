/**
 * Supervises one part of one version of a projection: starts its worker process, receives its reports, starts another
 * one when it ends, and gives up when that leads nowhere. It runs none of the user's code, and never more than one
 * process at a time.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { LiveProjection } from '../projection/live-projection.ts';
import type { ProgressReport, ReplayedLetters, WorkerMessage } from '../protocol/messages.ts';
import { changedModule, isOther } from './changed-module.ts';
import { FailureJudge, silentDeath, type WorkerFailure } from './failure-judge.ts';
import { PendingReplay } from './pending-replay.ts';
import { ProjectionAccount } from './projection-account.ts';
import type { ProjectionRunState, WorkerStatus } from './projection-status.ts';
import { projectionPaused, projectorStopped } from './projection-ended.ts';
import type { ResolvedProjectorOptions } from './projector-options.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { WorkerSupervisorEvents } from './worker-supervisor-events.ts';
import { workerSettings } from './worker-settings.ts';
import { failureOf } from './worker-failed-error.ts';
import { endWorker, type Worker, type WorkerEnd, type WorkerPlace } from './worker.ts';

export class WorkerSupervisor extends EventEmitter<WorkerSupervisorEvents> {
  private readonly firstLoad = Promise.withResolvers<LiveProjection>();
  private readonly firstRun = Promise.withResolvers<void>();
  /** Resolves when the module was loaded for the first time; rejects when the projection is given up before. */
  readonly loaded: Promise<LiveProjection> = this.firstLoad.promise;
  /** Resolves when events are handled for the first time; rejects when the projection is given up before. */
  readonly running: Promise<void> = this.firstRun.promise;
  /** What is known about the part. */
  readonly account: ProjectionAccount;
  private readonly options: ResolvedProjectorOptions;
  private readonly place: WorkerPlace;
  private readonly judge: FailureJudge;
  private readonly stopping = new AbortController();
  /** Ends the wait before a restart. */
  private waking = new AbortController();
  private mayRun = false;
  private worker: Worker | undefined;
  /** The worker that was told to end: its end is not a failure, even when the projection was resumed in the meantime. */
  private dismissed: Worker | undefined;
  private silence: SilenceWatch | undefined;
  /** What the worker, or its silence, revealed about its end before it ended. */
  private lastWords: WorkerFailure | undefined;
  /** Set while the projection is to be paused. */
  private rest: PromiseWithResolvers<void> | undefined;
  private isPauseRequested = false;
  private failure: Error | undefined;
  private readonly replaying = new PendingReplay();
  private finished: Promise<void> | undefined;

  /** `projection`: what the module must export, when another worker has loaded it before. */
  constructor(place: WorkerPlace, options: ResolvedProjectorOptions, projection?: LiveProjection) {
    super();
    this.options = options;
    this.place = place;
    this.account = new ProjectionAccount(place.moduleUrl);
    this.account.identity = projection;
    this.judge = new FailureJudge(options.restart);
    // The one who starts the projection awaits these, but does not have to.
    this.loaded.catch(() => undefined);
    this.running.catch(() => undefined);
  }

  /** Why the projection was given up or paused. */
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

  /** Lets the worker save and end, and pauses until `resume`. Resolves when its process has ended. */
  async pause(timeoutMs: number): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.isPauseRequested = true;
    await this.endWorkerForPause(timeoutMs);
    // No worker follows that could do the replay, unless the projection was told to continue in the meantime.
    if (this.isPauseRequested) this.replaying.refuse(projectionPaused(this.account.name, this.account.path));
  }

  /**
   * Ends the worker, and lets the next one replay the dead letters first. Rejects when it cannot, or when it is paused
   * before it has done so.
   */
  async replay(timeoutMs: number): Promise<ReplayedLetters> {
    if (this.stopping.signal.aborted) throw projectorStopped(this.account.name, this.account.path);
    const replayed = this.replaying.ask();
    this.isPauseRequested = false;
    await this.endWorkerForPause(timeoutMs);
    if (!this.isPauseRequested) this.resume();
    return replayed;
  }

  /** Continues a paused projection, or one that was given up. */
  resume(): void {
    this.isPauseRequested = false;
    if (this.rest === undefined) return;
    this.failure = undefined;
    this.account.distrust();
    this.judge.forgive();
    this.rest.resolve();
    this.rest = undefined;
  }

  /** Stops the worker, which saves first; kills it when it has not ended after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    this.waking.abort();
    this.rest?.resolve();
    this.finished ??= Promise.resolve(this.endStopped());
    this.worker?.send({ type: 'stop' });
    const deadline = setTimeout(() => this.worker?.kill(), timeoutMs);
    await this.finished;
    clearTimeout(deadline);
  }

  status(): WorkerStatus {
    return this.account.status(this.worker?.pid, this.judge.restarts.failures);
  }

  private async endWorkerForPause(timeoutMs: number): Promise<void> {
    this.rest ??= Promise.withResolvers();
    this.waking.abort();
    const { worker } = this;
    this.dismissed = worker;
    if (worker !== undefined) await endWorker(worker, timeoutMs);
  }

  private async supervise(): Promise<void> {
    const { stopping } = this;
    while (!stopping.signal.aborted) {
      if (this.rest === undefined) await this.runUntilFailure();
      else await this.waitUntilResumed(this.rest);
    }
    if (this.failure === undefined) this.endStopped();
  }

  /** Runs one worker, and waits until the next one may start. */
  private async runUntilFailure(): Promise<void> {
    const { account, judge } = this;
    const end = await this.runWorker();
    if (this.stopping.signal.aborted || this.rest !== undefined) return;
    if (end === undefined) return this.enter('starting');
    const failure = this.lastWords ?? silentDeath(end.reason);
    const { error } = failure;
    account.lastError = error;
    if (error.code === 'DIVERGED') account.distrust();
    const verdict = judge.judge(failure);
    if (verdict.kind !== 'restart') {
      this.rest = Promise.withResolvers();
      const { failures } = judge.restarts;
      const told = { projection: this.account.name, path: account.path, failures, end, reason: error };
      this.failure = failureOf(told, this.lastWords !== undefined);
      this.replaying.refuse(this.failure);
      if (verdict.kind === 'give-up') this.giveUp(this.failure);
      return;
    }
    this.enter('restarting');
    this.emit('restart', {
      name: this.account.name,
      delayMs: verdict.delayMs,
      failures: judge.restarts.failures,
      error,
    });
    this.waking = new AbortController();
    await wait(verdict.delayMs, undefined, { signal: this.waking.signal }).catch(() => undefined);
    account.restarts++;
  }

  private async waitUntilResumed(rest: PromiseWithResolvers<void>): Promise<void> {
    if (this.account.state !== 'failed') {
      const reason = this.failure ?? projectionPaused(this.account.name, this.account.path);
      // A projection that was paused while others were being loaded handles events once it is resumed.
      if (this.failure === undefined && this.account.identity !== undefined) this.firstRun.resolve();
      this.firstLoad.reject(reason);
      this.firstRun.reject(reason);
      this.enter('paused');
      this.emit('paused', this.failure);
    }
    await rest.promise;
    if (!this.stopping.signal.aborted) this.enter('starting');
  }

  /** Runs one process from start to end; returns undefined when it was told to end. */
  private async runWorker(): Promise<WorkerEnd | undefined> {
    const { heartbeat, restart } = this.options;
    this.lastWords = undefined;
    this.account.distrust();
    const worker = await this.place.startWorker({ onMessage: (message) => this.hear(message) });
    this.worker = worker;
    const survival = setTimeout(() => this.judge.restarts.survived(), restart.resetAfterMs).unref();
    const silence = new SilenceWatch(heartbeat, () => {
      // A thread that takes long to end has not survived.
      clearTimeout(survival);
      this.lastWords = silentDeath(`it gave no sign of life for ${heartbeat.timeoutMs} ms and was killed`);
      this.account.lastError = this.lastWords.error;
      worker.kill();
      this.enter('restarting');
    });
    this.silence = silence;
    // The projector was stopped, or the projection paused, while the process was being started.
    if (this.stopping.signal.aborted || this.rest !== undefined) {
      this.dismissed = worker;
      worker.kill();
    }
    const caution = { ...this.judge.caution, replaysDeadLetters: this.replaying.isWanted };
    worker.send({ type: 'load', settings: workerSettings(this.place, this.options, caution) });
    const end = await worker.ended;
    clearTimeout(survival);
    silence.stop();
    this.worker = undefined;
    return this.dismissed === worker ? undefined : end;
  }

  private hear(message: WorkerMessage): void {
    this.silence?.heard();
    switch (message.type) {
      case 'files':
        this.account.files ??= message.files;
        break;
      case 'loaded':
        this.judge.loaded(message.rules);
        this.acceptLoaded(message.projection);
        break;
      case 'replayed':
        this.replaying.done(message);
        break;
      case 'attempt':
        this.judge.attempted(message.position);
        break;
      case 'running':
        this.judge.saved(message.position);
        this.account.begin(message.position, message.lagEvents);
        this.enter('running');
        this.firstRun.resolve();
        break;
      case 'progress':
        this.acceptProgress(message);
        break;
      case 'failed':
        this.lastWords = { error: message.error, wasTold: true, pauses: message.pauses };
        this.account.lastError = message.error;
        break;
    }
  }

  private acceptLoaded(identity: LiveProjection): void {
    const { account } = this;
    const before = account.identity;
    if (before !== undefined && isOther(before, identity)) {
      // The module was changed while the projector runs: its state would be saved elsewhere than where it was loaded
      // from.
      this.lastWords = { error: changedModule(account.path, before, identity), wasTold: true, pauses: false };
      this.worker?.kill();
      return;
    }
    account.identity = identity;
    this.firstLoad.resolve(identity);
    if (this.mayRun) this.worker?.send({ type: 'run' });
  }

  private acceptProgress(report: ProgressReport): void {
    const hasCaughtUp = this.account.add(report);
    this.judge.saved(report.savedPosition);
    this.emit('progress');
    if (hasCaughtUp) this.emit('caught-up');
  }

  private enter(state: ProjectionRunState): void {
    this.account.enter(state);
    this.emit('status');
  }

  private giveUp(failure: Error): void {
    this.firstLoad.reject(failure);
    this.firstRun.reject(failure);
    this.enter('failed');
    this.emit('failed', failure);
  }

  private endStopped(): void {
    const stopped = projectorStopped(this.account.name, this.account.path);
    this.replaying.refuse(stopped);
    this.firstLoad.reject(stopped);
    this.firstRun.reject(stopped);
    this.enter('stopped');
  }
}
