/**
 * One version of a projection, with a worker for each of its parts. The number of parts is known when the first worker
 * has loaded the module; the other workers are started then.
 */
import { EventEmitter } from 'node:events';
import { identifySource } from '@varve/core/internal';
import { LagHistogram } from '../lag/lag-histogram.ts';
import type { LiveProjection } from '../projection/live-projection.ts';
import { modulePathOf } from '../projection/projection-module.ts';
import type { FileHashes } from '../protocol/file-hash.ts';
import type { ReplayReport } from '../protocol/messages.ts';
import type { GenerationStatus, ProjectionRunState, WorkerStatus } from './projection-status.ts';
import type { ResolvedProjectorOptions } from './projector-options.ts';
import type { StartWorker } from './worker.ts';
import { WorkerSupervisor } from './worker-supervisor.ts';
import type { WorkerSupervisorEvents } from './worker-supervisor-events.ts';

/** The state of a version with parts is the first of these that one of its parts is in. */
const worstFirst: readonly ProjectionRunState[] = ['failed', 'paused', 'restarting', 'starting', 'running', 'stopped'];

export class Generation extends EventEmitter<WorkerSupervisorEvents> {
  readonly path: string;
  /** Resolves when all workers have loaded the module; rejects when a worker is given up before. */
  readonly loaded: Promise<LiveProjection>;
  private readonly moduleUrl: string;
  private readonly options: ResolvedProjectorOptions;
  private readonly startWorker: StartWorker;
  private readonly workers: WorkerSupervisor[] = [];
  private hasStopped = false;
  private hasLoaded = false;
  /** The position at which it had handled all existing events. */
  private builtAt: number | undefined;

  /** `projection`: what the module must export, when it was loaded before. */
  constructor(
    moduleUrl: string,
    options: ResolvedProjectorOptions,
    startWorker: StartWorker,
    projection?: LiveProjection,
  ) {
    super();
    this.moduleUrl = moduleUrl;
    this.path = modulePathOf(moduleUrl);
    this.options = options;
    this.startWorker = startWorker;
    const first = this.addWorker(projection);
    this.loaded = first.loaded.then((loaded) => this.addOthers(loaded));
    this.loaded.catch(() => undefined);
  }

  get name(): string {
    return this.first.account.name;
  }

  get identity(): LiveProjection | undefined {
    return this.first.account.identity;
  }

  /** The files of which the module consists, if the workers were asked for them; undefined until they are known. */
  get files(): FileHashes | undefined {
    return this.first.account.files;
  }

  get error(): Error | undefined {
    return this.workers.find(({ error }) => error !== undefined)?.error;
  }

  /** The saved states contain all events of the projection up to this position. */
  get coveredPosition(): number {
    return Math.min(...this.workers.map((worker) => worker.account.coveredPosition));
  }

  /** Whether it has handled all existing events once, and the saved state contains them. */
  get isBuilt(): boolean {
    return this.builtAt !== undefined && this.coveredPosition >= this.builtAt;
  }

  /** Whether it was told to end for good. */
  get isStopped(): boolean {
    return this.hasStopped;
  }

  /** Whether all workers have loaded the module. */
  get isLoaded(): boolean {
    return this.hasLoaded;
  }

  start(): void {
    this.first.start();
  }

  /** Lets the workers handle events; resolves when all of them do, rejects when one never will. */
  async run(): Promise<void> {
    for (const worker of this.workers) worker.run();
    await Promise.all(this.workers.map((worker) => worker.running));
  }

  async stop(timeoutMs: number): Promise<void> {
    this.hasStopped = true;
    await Promise.all(this.workers.map((worker) => worker.stop(timeoutMs)));
  }

  async pause(timeoutMs: number): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.pause(timeoutMs)));
  }

  /**
   * Takes over what another generation of the same version knows about the saved states: its own workers have not
   * reported yet.
   */
  follow({ workers }: Generation): void {
    for (const [part, { account }] of this.workers.entries()) account.follow(workers[part]!.account);
  }

  /** Lets the workers replay their dead letters; resolves with the total results. */
  async replay(timeoutMs: number): Promise<ReplayReport> {
    const outcomes = await Promise.all(this.workers.map((worker) => worker.replay(timeoutMs)));
    const failed = new Set(outcomes.flatMap((outcome) => outcome.failed));
    const replayed = new Set(
      outcomes.flatMap((outcome) => outcome.replayed).filter((position) => !failed.has(position)),
    );
    return { replayed: replayed.size, failed: failed.size };
  }

  resume(): void {
    for (const worker of this.workers) worker.resume();
  }

  status(): GenerationStatus {
    const statuses = this.workers.map((worker) => worker.status());
    const liveLag = LagHistogram.sumOf(this.workers.map((worker) => worker.account.liveLag)).summary();
    const { identity } = this;
    const stream = identity === undefined ? undefined : identifySource(identity.stream).name;
    return {
      ...sumOf(statuses),
      // Parts may have letters of the same event.
      deadLetters: new Set(this.workers.flatMap(({ account }) => account.deadLetters)).size,
      stream,
      version: identity?.version,
      liveLag,
      parts: statuses.length === 1 ? [] : statuses,
    };
  }

  private get first(): WorkerSupervisor {
    return this.workers[0]!;
  }

  /** Starts the parts that were not started with the first. */
  private async addOthers(projection: LiveProjection): Promise<LiveProjection> {
    while (this.workers.length < projection.parts && !this.hasStopped) this.addWorker(projection).start();
    await Promise.all(this.workers.map((worker) => worker.loaded));
    this.hasLoaded = true;
    return projection;
  }

  private noteBuilt(): void {
    const statuses = this.workers.map((worker) => worker.status());
    if (!statuses.every(({ isLive }) => isLive)) return;
    this.builtAt ??= Math.max(...statuses.map(({ position }) => position));
  }

  private addWorker(projection?: LiveProjection): WorkerSupervisor {
    const { moduleUrl, startWorker, options } = this;
    const worker = new WorkerSupervisor({ moduleUrl, part: this.workers.length, startWorker }, options, projection);
    worker.on('status', () => this.emit('status'));
    worker.on('progress', () => {
      this.noteBuilt();
      this.emit('progress');
    });
    worker.on('restart', (restart) => this.emit('restart', restart));
    worker.on('paused', (error) => this.emit('paused', error));
    worker.on('failed', (error) => this.emit('failed', error));
    worker.on('caught-up', () => {
      if (this.workers.every((other) => other.status().isLive)) this.emit('caught-up');
    });
    this.workers.push(worker);
    return worker;
  }
}

function sumOf(statuses: readonly WorkerStatus[]): WorkerStatus {
  const first = statuses[0]!;
  if (statuses.length === 1) return first;
  const least = (of: (status: WorkerStatus) => number): number => Math.min(...statuses.map(of));
  const most = (of: (status: WorkerStatus) => number): number => Math.max(...statuses.map(of));
  const total = (of: (status: WorkerStatus) => number): number => statuses.reduce((sum, status) => sum + of(status), 0);
  const lastProgressAt = most((status) => status.lastProgressAt ?? 0);
  return {
    state: worstFirst.find((state) => statuses.some((status) => status.state === state)) ?? first.state,
    pid: first.pid,
    position: least((status) => status.position),
    savedPosition: least((status) => status.savedPosition),
    coveredPosition: least((status) => status.coveredPosition),
    lag: { events: most(({ lag }) => lag.events), ms: most(({ lag }) => lag.ms) },
    isLive: statuses.every(({ isLive }) => isLive),
    handledEvents: total((status) => status.handledEvents),
    deadLetters: total((status) => status.deadLetters),
    lastProgressAt: lastProgressAt === 0 ? undefined : lastProgressAt,
    restarts: total((status) => status.restarts),
    failures: most((status) => status.failures),
    lastError: statuses.find(({ lastError }) => lastError !== undefined)?.lastError,
  };
}
