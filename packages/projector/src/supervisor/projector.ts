/**
 * Runs projections, each in its own worker: starts them together, supervises them, reports their progress, stops them
 * together. The failure of one does not affect the others. Owns the workers; opens no file of the store.
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
  /** A worker reported its progress: some times a second while there is something to report. */
  progress: [status: ProjectionStatus];
  /** A projection has handled all existing events. */
  'caught-up': [status: ProjectionStatus];
  /** A changed projection has caught up, and is read from now on. */
  swap: [name: string, version: number, before: number];
  /**
   * A module was loaded again because its file has changed; with an error, it is invalid, and the running projection
   * continues.
   */
  reload: [name: string, error: Error | undefined];
  /** The process of a projection ended, and another one follows. */
  restart: [restart: ProjectionRestart];
  /**
   * A projection was given up. When no one listens for the error and `start` does not report it, Node.js prints it as a
   * warning.
   */
  failed: [name: string, error: Error];
  /** A projection is paused until it is resumed; without an error when it was told to pause. */
  paused: [name: string, error: Error | undefined];
  /** All processes have ended. */
  stop: [];
}

/** Runs projections in worker processes of their own, restarts those that fail, and tells how far each one is. */
export class Projector extends EventEmitter<ProjectorEvents> implements AsyncDisposable {
  private readonly options: ResolvedProjectorOptions;
  private readonly threads = new ThreadPool();
  private readonly supervisors: readonly ProjectionSupervisor[];
  private watches: readonly ModuleWatch[] = [];
  private hasStarted = false;
  private isStopping = false;
  private stopped: Promise<void> | undefined;
  /** Failures that no one has heard of yet, while `start` may still report them; undefined after that. */
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

  /** The status of each projection, in the order of the option `projections`. */
  status(): ProjectionStatus[] {
    return this.supervisors.map((supervisor) => supervisor.status());
  }

  /**
   * Lets a projection save and pauses it; resolves when its process has ended. Its state can be read as before. A
   * projection whose module is being loaded again pauses once it is loaded.
   */
  async pause(name: string): Promise<void> {
    await this.find(name).pause(this.options.stopTimeoutMs);
  }

  /** Resumes a projection that is paused or was given up, with the first event after its saved state. */
  resume(name: string): void {
    this.find(name).resume();
  }

  /**
   * Loads the module of a projection again. If its projection is now another one (its version, stream or parts), that
   * is built next to the running one, and replaces it when it has caught up: event `swap`. If it is the same one, it
   * continues with the new code. Rejects when the module is invalid (`PROJECTION_LOAD`, `PROJECTION_INVALID`,
   * `WORKER_FAILED`); the running projection is left as it is.
   */
  async reload(name: string): Promise<void> {
    await this.find(name).reload();
  }

  /** The errors of the projections that were given up or paused. */
  failures(): Error[] {
    return this.supervisors.flatMap(({ error }) => (error === undefined ? [] : [error]));
  }

  /**
   * Resolves when the saved state of the projection contains all events of its stream up to `position`, such as the
   * position of your own commit. Rejects when the projection fails or stops before, or `signal` aborts. While the
   * projection is paused on request, only what it has saved counts: for a later position, this waits until it is
   * resumed.
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
   * Lets all workers finish the current event and save, and resolves when their processes have ended. After `timeoutMs`
   * they are killed; their states then are as last saved, and remain correct. A thread in a native call cannot be ended
   * before the call returns.
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
   * Handles the dead letters of a projection again, with the current functions of its module, on the current state,
   * that is after events that were committed later. A new process does that before it continues. Letters whose events
   * fail again stay. A paused projection resumes for this, and does not pause again. Rejects when the projection fails
   * or stops before, and with `PROJECTION_PAUSED` when it is paused before it is done.
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

  /** Emits the events of a supervisor, and publishes them on the channels for diagnostics. */
  private passOn(supervisor: ProjectionSupervisor): void {
    const { storageDirectory, store } = this.options;
    const named = (): { store: string; storageDirectory: string; name: string } => {
      return { store, storageDirectory, name: supervisor.name };
    };
    for (const event of ['status', 'progress', 'caught-up'] as const) {
      supervisor.on(event, () => {
        publish(event, () => ({ ...named(), status: supervisor.status() }));
        // This happens many times a second, so the status is built only when someone listens.
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

  /** An error of a projection must not go unnoticed. */
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
