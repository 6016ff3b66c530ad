/**
 * Supervises one projection: runs the version that its module now has, while readers see the live version until the new
 * one has caught up. One record on disk names the live version, so the change happens as a whole or not at all.
 *
 * Invariants: one version of a projection is live, from its first run on; a later version becomes live only when it has
 * handled all existing events; a version that runs next to the live one cannot harm it.
 */
import { EventEmitter } from 'node:events';
import type { LiveProjection } from '../projection/live-projection.ts';
import { isSameProjection } from '../projection/projection.ts';
import type { FileHashes } from '../protocol/file-hash.ts';
import type { ReplayReport } from '../protocol/messages.ts';
import { renamedModule } from './changed-module.ts';
import { Generation } from './generation.ts';
import { LiveRecord } from './live-record.ts';
import { nextEvent } from './next-event.ts';
import type { ProjectionStatus } from './projection-status.ts';
import { passOnEvents, type ProjectionSupervisorEvents } from './projection-supervisor-events.ts';
import { projectionPaused, projectorStopped } from './projection-ended.ts';
import type { ResolvedProjectorOptions } from './projector-options.ts';
import type { StartWorker } from './worker.ts';

export class ProjectionSupervisor extends EventEmitter<ProjectionSupervisorEvents> {
  private readonly moduleUrl: string;
  private readonly options: ResolvedProjectorOptions;
  private readonly startWorker: StartWorker;
  /** The version that was started first; after a reload and a swap, the changed one. */
  private current: Generation;
  /** The changed version that is being built next to the current one. */
  private next: Generation | undefined;
  /** All versions that have workers: these two, and those that are ending. */
  private readonly generations = new Set<Generation>();
  /** The current reload, and those that wait for it. */
  private reloading: Promise<void> = Promise.resolve();
  /** The version that was loaded last, successfully or not. */
  private latest: Generation;
  /** The files of the previously loaded version, for when the latest could not even report its own. */
  private filesBefore: FileHashes = {};
  private readonly live: LiveRecord;
  private failure: Error | undefined;
  /** Set while the projection is told to pause; also applies to a version that is still being loaded. */
  private isToBePaused = false;
  private isStopped = false;

  constructor(moduleUrl: string, options: ResolvedProjectorOptions, startWorker: StartWorker) {
    super();
    // One listener per caller that waits for a position.
    this.setMaxListeners(0);
    this.moduleUrl = moduleUrl;
    this.options = options;
    this.startWorker = startWorker;
    this.live = new LiveRecord(options);
    this.current = this.generation();
    this.latest = this.current;
  }

  /** Resolves when the module was loaded for the first time; rejects when the projection is given up before. */
  get loaded(): Promise<LiveProjection> {
    return this.current.loaded;
  }

  /** The projection's name; until its module was loaded, the module's file name. */
  get name(): string {
    return this.current.name;
  }

  /** The definition of the projection; undefined until its module was loaded. */
  get identity(): LiveProjection | undefined {
    return this.current.identity;
  }

  /** The files of which the module consisted when it was loaded last; none unless the option `reload` asks for them. */
  get files(): FileHashes {
    return this.latest.files ?? this.filesBefore;
  }

  /** Why the projection was given up or paused. */
  get error(): Error | undefined {
    return this.failure ?? this.current.error;
  }

  start(): void {
    this.current.start();
  }

  /** Lets the projection handle events, once all are loaded and known to differ. Resolves when it does. */
  async run(generation: Generation = this.current): Promise<void> {
    try {
      const identity = await generation.loaded;
      if (this.isToBePaused) await generation.pause(this.options.stopTimeoutMs);
      await generation.run();
      this.makeLiveIfDue(generation, identity);
    } catch (error) {
      if (generation.error === undefined && !this.isStopped) await this.giveUp(generation, error as Error);
      throw error;
    }
  }

  /**
   * Loads the module again. If it now has another projection, that is built next to the current one; otherwise the
   * current one continues with the new code. Rejects, and leaves the current one as it is, when the module is invalid.
   * Reloads run one after the other, so that each starts from the result of the previous one.
   */
  reload(): Promise<void> {
    const reload = this.reloading.then(() => this.reloadNow());
    this.reloading = reload.catch(() => undefined);
    return reload;
  }

  /** Lets the workers save and end, and pauses until `resume`. Resolves when they have ended. */
  async pause(timeoutMs: number): Promise<void> {
    this.isToBePaused = true;
    // A version that is being loaded must finish, because callers wait for it: `run` pauses it once it is loaded.
    const loaded = [this.current, this.next].filter((generation) => generation?.isLoaded);
    await Promise.all([...loaded.map((generation) => generation?.pause(timeoutMs)), this.reloading]);
  }

  async replay(): Promise<ReplayReport> {
    if (this.isToBePaused) this.next?.resume();
    this.isToBePaused = false;
    // For the same reason workers cannot be replaced while they load.
    if (!this.current.isLoaded) await this.reloading;
    if (this.isToBePaused) throw projectionPaused(this.name, this.current.path);
    return this.current.replay(this.options.stopTimeoutMs);
  }

  /** Continues a paused projection, or one that was given up. */
  resume(): void {
    this.isToBePaused = false;
    this.current.resume();
    this.next?.resume();
    if (this.failure === undefined) return;
    this.failure = undefined;
    this.reloading = this.reloading.then(() => this.startAnew()).catch(() => undefined);
  }

  /** Stops the workers, which save first; kills those that have not ended after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopped = true;
    await Promise.all(Array.from(this.generations, (generation) => generation.stop(timeoutMs)));
    this.emit('status');
  }

  /** Resolves when the live state contains all events up to `position`; rejects when it never will. */
  async waitFor(position: number, signal?: AbortSignal): Promise<void> {
    const isCovered = (): boolean => this.live.isOf(this.current.identity) && this.current.coveredPosition >= position;
    while (!isCovered()) {
      signal?.throwIfAborted();
      if (this.error !== undefined) throw this.error;
      if (this.isStopped) throw projectorStopped(this.name, this.current.path);
      await nextEvent(this, ['progress', 'status', 'swap'], signal);
    }
  }

  status(): ProjectionStatus {
    const { current, live, next, failure } = this;
    const status = current.status();
    const isBuilding = status.state === 'running' && live.version !== undefined && !live.isOf(current.identity);
    return {
      ...status,
      name: current.name,
      path: current.path,
      state: failure !== undefined ? 'failed' : isBuilding ? 'rebuilding' : status.state,
      liveVersion: live.version,
      rebuild: next?.status(),
    };
  }

  private async reloadNow(): Promise<void> {
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) await this.end(next);
    if (this.isStopped) throw projectorStopped(this.name, this.current.path);
    const changed = this.generation();
    this.next = changed;
    this.filesBefore = this.files;
    this.latest = changed;
    changed.start();
    try {
      const identity = await changed.loaded;
      if (identity.name !== this.name) throw renamedModule(this.current.path, this.name, identity.name);
    } catch (error) {
      this.next = undefined;
      await this.end(changed);
      throw error;
    }
    const { current } = this;
    const isSame = isSameProjection(changed.identity!, current.identity!);
    if (this.isToBePaused || current.isStopped || isSame) {
      // Both would save in one place, so the old one ends first. A paused or given-up one has no code left to run.
      await this.end(current);
      this.makeCurrent(changed);
    }
    if (this.isToBePaused && isSame) {
      // None of its workers reports what was saved before it runs.
      changed.follow(current);
      await changed.pause(this.options.stopTimeoutMs);
    }
    await this.run(changed);
  }

  /** Replaces the current version by the changed one. */
  private makeCurrent(next: Generation): void {
    this.current = next;
    this.next = undefined;
    this.failure = undefined;
  }

  /** Starts a version again that was given up and stopped for a reason outside its workers. */
  private async startAnew(): Promise<void> {
    const { current, next } = this;
    // A reload did this already, or the projection is stopped.
    if (!current.isStopped || this.isStopped) return;
    // The code of the current version is gone.
    if (next !== undefined) return this.replaceCurrentBy(next);
    const anew = this.generation(current.identity);
    this.filesBefore = this.files;
    this.current = anew;
    this.latest = anew;
    this.emit('status');
    await this.end(current);
    anew.start();
    try {
      await this.run(anew);
    } catch (error) {
      if (anew.isLoaded || this.isStopped) return;
      // A version that was never told to run would not run when resumed: it must be replaced.
      this.failure = error as Error;
      await this.end(anew);
    }
  }

  /** Publishes the version to readers, as far as it may be read by now. */
  private makeLiveIfDue(generation: Generation, identity: LiveProjection): void {
    this.live.read(identity.name);
    // Without a live version, this one may be read while it is built; and the merging of parts may have changed.
    if (this.live.version === undefined || this.live.isOf(identity)) this.live.write(identity);
    this.trySwap(generation);
  }

  /** `projection`: what the module must export. */
  private generation(projection?: LiveProjection): Generation {
    const generation = new Generation(this.moduleUrl, this.options, this.startWorker, projection);
    this.generations.add(generation);
    for (const event of ['progress', 'caught-up'] as const) generation.on(event, () => this.trySwap(generation));
    passOnEvents(generation, this, () => generation === this.current);
    return generation;
  }

  /** Makes a version live that was built next to the live one, once it has caught up and its state is saved. */
  private trySwap(generation: Generation): void {
    const { identity } = generation;
    const before = this.live.version;
    if (before === undefined || identity === undefined || this.isStopped) return;
    // A changed version that failed replaces no other, and does not prevent another from becoming live.
    const { next } = this;
    const candidate = next === undefined || next.error !== undefined ? this.current : next;
    if (generation !== candidate) return;
    if (this.live.isOf(identity)) {
      // The current one has never become live: there is nothing to wait for.
      if (generation !== next) return;
      this.replaceCurrentBy(generation);
      this.emit('status');
      return;
    }
    // A reader of the current version's state must not find less in the state of the next one.
    const reached = generation === next ? this.current.status().savedPosition : 0;
    if (!generation.isBuilt || generation.coveredPosition < reached) return;
    try {
      this.live.write(identity);
    } catch (error) {
      void this.giveUp(generation, error as Error);
      return;
    }
    if (generation === next) this.replaceCurrentBy(generation);
    this.emit('swap', identity.version, before);
    this.emit('status');
  }

  /** Replaces the current version by the changed one at once. */
  private replaceCurrentBy(next: Generation): void {
    void this.end(this.current);
    this.makeCurrent(next);
  }

  /** Handles an error that is not a worker's. A version that was being built next to the current one harms only itself. */
  private async giveUp(generation: Generation, error: Error): Promise<void> {
    if (generation === this.next) this.next = undefined;
    else this.failure = error;
    await this.end(generation);
    this.emit('status');
    this.emit('failed', error);
  }

  /** Stops a version that is no longer needed; until its workers have ended, `stop` waits for them, too. */
  private async end(generation: Generation): Promise<void> {
    await generation.stop(this.options.stopTimeoutMs);
    this.generations.delete(generation);
  }
}
