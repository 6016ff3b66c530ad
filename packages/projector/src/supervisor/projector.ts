/**
 * Runs projections, each in a worker of its own: starts them together, looks after them, says how far they
 * are, stops them together. One of them failing leaves the others alone. Owns the workers; opens no file of the store.
 */
import { EventEmitter } from 'node:events';
import { VarveError } from '@varve/core';
import type { DeadLetter } from '../dead-letters/dead-letter-file.ts';
import { readDeadLetters } from '../dead-letters/read-dead-letters.ts';
import { type ProjectionState, readLiveState } from '../projection/projection-state.ts';
import type { FileHashes } from '../protocol/file-hash.ts';
import type { ReplayReport } from '../protocol/messages.ts';
import { publish } from './diagnostics.ts';
import { ModuleWatch } from './module-watch.ts';
import type { ProjectionRestart, ProjectionStatus } from './projection-status.ts';
import { ProjectionSupervisor } from './projection-supervisor.ts';
import { ThreadPool } from './thread-pool.ts';
import type { StartWorker } from './worker.ts';
import { WorkerProcess } from './worker-process.ts';
import {
  type ProjectorOptions,
  type ResolvedProjectorOptions,
  resolveProjectorOptions,
  statePlaceOf,
} from './projector-options.ts';

export interface ProjectorEvents {
  /** The state of a projection changed: it runs, restarts, failed, stopped. */
  status: [status: ProjectionStatus];
  /** A worker reported how far it is: some times a second while there is something to report. */
  progress: [status: ProjectionStatus];
  /** A projection has handled all events there are. */
  'caught-up': [status: ProjectionStatus];
  /** A changed projection has caught up, and is read from now on. */
  swap: [name: string, version: number, before: number];
  /** A module was loaded anew, because its file has changed; with an error, it is wrong, and what runs goes on. */
  reload: [name: string, error: Error | undefined];
  /** The process of a projection ended, and another one follows. */
  restart: [restart: ProjectionRestart];
  /** A projection was given up. An error that nobody listens for, and `start` does not tell, Node.js prints as a warning. */
  failed: [name: string, error: Error];
  /** A projection rests until it is resumed; without an error, because it was told to. */
  paused: [name: string, error: Error | undefined];
  /** All processes have ended. */
  stop: [];
}

export class Projector extends EventEmitter<ProjectorEvents> implements AsyncDisposable {
  private readonly options: ResolvedProjectorOptions;
  private readonly threads = new ThreadPool();
  private readonly supervisors: readonly ProjectionSupervisor[];
  private watches: readonly ModuleWatch[] = [];
  private hasStarted = false;
  private isStopping = false;
  private stopped: Promise<void> | undefined;
  /** Failures that nobody has heard of yet, while `start` may still tell them; undefined after that. */
  private untold: Error[] | undefined = [];

  /** Checks the options. Throws `INVALID_OPTION`. Nothing is loaded or started yet. */
  constructor(options: ProjectorOptions) {
    super();
    this.options = resolveProjectorOptions(options);
    const { modules, workers, workerOutput, nodeOptions } = this.options;
    const startWorker: StartWorker = (start) => {
      if (workers === 'threads') return this.threads.start(start);
      return WorkerProcess.start({ ...start, workerOutput, nodeOptions });
    };
    this.supervisors = modules.map((url) => new ProjectionSupervisor(url, this.options, startWorker));
    for (const supervisor of this.supervisors) this.passOn(supervisor);
  }

  /**
   * Loads all modules, each in its worker, then lets them run; resolves when each runs or was given up.
   *
   * Rejects, with everything stopped, when a module cannot be loaded (`PROJECTION_LOAD`, `PROJECTION_INVALID`,
   * `WORKER_FAILED`), when two have the same name (`PROJECTION_INVALID`), and when no projection at all can run
   * (`STORE_MISSING`, for instance).
   */
  async start(): Promise<void> {
    if (this.hasStarted) throw usedUp();
    this.hasStarted = true;
    try {
      for (const supervisor of this.supervisors) supervisor.start();
      await Promise.all(this.supervisors.map((supervisor) => supervisor.loaded));
      this.refuseDuplicates();
      await atLeastOne(this.supervisors.map((supervisor) => supervisor.run()));
      for (const error of this.untold ?? []) process.emitWarning(error);
      this.untold = undefined;
      const isWatching = this.options.reload && !this.isStopping;
      if (isWatching) this.watches = this.supervisors.map((supervisor) => this.watch(supervisor));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** How each projection is doing, in the order of the option `projections`. */
  status(): ProjectionStatus[] {
    return this.supervisors.map((supervisor) => supervisor.status());
  }

  /**
   * Lets a projection save and rest; resolves when its process is gone. Its state can be read as before. One whose module is
   * being loaded anew rests once it is loaded.
   */
  async pause(name: string): Promise<void> {
    await this.find(name).pause(this.options.stopTimeoutMs);
  }

  /** Lets a projection go on that rests, or that was given up: with the event that comes after what was saved. */
  resume(name: string): void {
    this.find(name).resume();
  }

  /**
   * Loads the module of a projection anew. A projection that is another one by then (its version, stream or parts) is
   * built beside the one that runs, and takes its place when it has caught up: event `swap`. One that is the same goes on with the
   * new code. Rejects when the module is wrong (`PROJECTION_LOAD`, `PROJECTION_INVALID`, `WORKER_FAILED`); the one that
   * runs is left as it is.
   */
  async reload(name: string): Promise<void> {
    await this.find(name).reload();
  }

  /** The errors of the projections that were given up or paused. */
  failures(): Error[] {
    return this.supervisors.flatMap(({ error }) => (error === undefined ? [] : [error]));
  }

  /**
   * Resolves when the saved state of the projection contains all events of its stream up to `position`, the position
   * of a commit of yours for instance. Rejects when the projection fails or stops before, or `signal` aborts. Of a projection
   * that rests because it was told to, only what it has saved counts: for a later position, it waits until that is resumed.
   */
  async waitFor(name: string, position: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.find(name).waitFor(position, options.signal);
  }

  /**
   * The live state of the projection, read from its file; undefined when nothing was saved yet. Throws
   * `PROJECTION_INVALID` when its parts are merged by a function, which only `readProjectionState` can call.
   */
  state<State = unknown>(name: string): ProjectionState<State> | undefined {
    return this.find(name).identity === undefined ? undefined : readLiveState<State>(name, statePlaceOf(this.options));
  }

  /** The events that the projection skipped because it could not handle them, in the order of their positions. */
  deadLetters(name: string): readonly DeadLetter[] {
    const { identity } = this.find(name);
    return identity === undefined ? [] : readDeadLetters(identity, statePlaceOf(this.options));
  }

  /**
   * Lets all workers finish the event at hand and save, and resolves when their processes are gone. After
   * `timeoutMs` they are killed; their states then are as they were saved last, and as right as ever. A thread in a call of
   * native code cannot be ended before that returns.
   */
  async stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = this.options.stopTimeoutMs } = options;
    this.hasStarted = true;
    this.isStopping = true;
    await Promise.all(this.watches.map((watch) => watch.close()));
    const stopped = Promise.all(this.supervisors.map((supervisor) => supervisor.stop(timeoutMs)));
    this.stopped ??= stopped.then(() => this.threads.close()).then(() => void this.emit('stop'));
    await this.stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Handles the dead letters of a projection again, with the functions that its module has now, on the state as it is:
   * behind the events that came after them. A new process does that before it goes on. Letters that fail once more
   * stay. A projection that is paused already goes on with this, and does not rest again. Rejects when the projection
   * fails, or stops before, and with `PROJECTION_PAUSED` when it is paused before it is done.
   */
  async replayDeadLetters(name: string): Promise<ReplayReport> {
    const { replayed, failed } = await this.find(name).replay();
    return { replayed, failed };
  }

  private watch(supervisor: ProjectionSupervisor): ModuleWatch {
    const files = (): FileHashes => supervisor.files;
    return new ModuleWatch(files, async () => {
      const error = await supervisor.reload().then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      this.tell(this.emit('reload', supervisor.name, error), error);
    });
  }

  /** Emits what a supervisor tells, and publishes it on the channels for diagnostics. */
  private passOn(supervisor: ProjectionSupervisor): void {
    const { storageDirectory, store } = this.options;
    const named = (): { store: string; storageDirectory: string; name: string } => {
      return { store, storageDirectory, name: supervisor.name };
    };
    for (const event of ['status', 'progress', 'caught-up'] as const) {
      supervisor.on(event, () => {
        publish(event, () => ({ ...named(), status: supervisor.status() }));
        // Many times a second: what nobody asked for is not put together.
        if (this.listenerCount(event) > 0) this.emit(event, supervisor.status());
      });
    }
    supervisor.on('swap', (version, before) => {
      publish('swap', () => ({ ...named(), version, before }));
      this.emit('swap', supervisor.name, version, before);
    });
    supervisor.on('restart', (restart) => {
      publish('restart', () => ({ ...named(), ...restart }));
      this.emit('restart', restart);
    });
    supervisor.on('failed', (error) => {
      publish('failed', () => ({ ...named(), error }));
      this.tell(this.emit('failed', supervisor.name, error), error);
    });
    supervisor.on('paused', (error) => {
      publish('paused', () => ({ ...named(), error }));
      this.tell(this.emit('paused', supervisor.name, error), error);
    });
  }

  /** What is wrong with a projection must reach somebody. */
  private tell(wasHeard: boolean, error: Error | undefined): void {
    if (wasHeard || error === undefined) return;
    if (this.untold === undefined) process.emitWarning(error);
    else this.untold.push(error);
  }

  private refuseDuplicates(): void {
    const paths = new Map<string, string>();
    for (const { name, path } of this.status()) {
      const other = paths.get(name);
      if (other === undefined) {
        paths.set(name, path);
        continue;
      }
      throw new VarveError('PROJECTION_INVALID', `Two projections are named ${JSON.stringify(name)}.`, {
        path,
        found: [other, path],
        hint: `Rename one of them: ${other} and ${path} would save their states in the same place.`,
      });
    }
  }

  private find(name: string): ProjectionSupervisor {
    const found = this.supervisors.find((supervisor) => supervisor.name === name);
    if (found !== undefined) return found;
    const names = this.supervisors.map((supervisor) => supervisor.name);
    throw new VarveError('INVALID_OPTION', `There is no projection ${JSON.stringify(name)}.`, {
      found: name,
      expected: names,
      hint: `The projections are ${names.join(', ')}; they have their names once the projector has started.`,
    });
  }
}

/** Waits for all, and rejects with the first reason when all have rejected. */
async function atLeastOne(promises: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  if (reasons.length === outcomes.length) throw reasons[0]!;
}

function usedUp(): VarveError {
  return new VarveError('STORE_CLOSED', 'This projector was started or stopped before.', {
    hint: 'Make a new one; it goes on where this one ended.',
  });
}
