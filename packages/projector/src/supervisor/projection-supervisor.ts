/**
 * Looks after one projection: runs the version that its module has now, and lets the version that is live be read until
 * that one has caught up. Which version is live is one record on disk, so that the change is there as a whole or not at all.
 *
 * Invariants: one version of a projection is live, from the first time it ran; a version becomes live only when it has
 * handled all that there is; a version that runs beside the live one cannot harm it.
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
  /** The version that was started first; after a reload, and a swap, the changed one. */
  private current: Generation;
  /** The changed version that is being built beside the current one. */
  private next: Generation | undefined;
  /** All versions that have workers: these two, and those that are ending. */
  private readonly generations = new Set<Generation>();
  /** The reload that is under way, and those that wait for it. */
  private reloading: Promise<void> = Promise.resolve();
  /** The version that was loaded last, whether that went well or not. */
  private latest: Generation;
  /** The files of the version that was loaded before it: where that one could not even say its own. */
  private filesBefore: FileHashes = {};
  private readonly live: LiveRecord;
  private failure: Error | undefined;
  /** Set while it was told to rest: also for a version that is loaded only then. */
  private isToRest = false;
  private isStopped = false;

  constructor(moduleUrl: string, options: ResolvedProjectorOptions, startWorker: StartWorker) {
    super();
    // One listener for each caller that waits for a position.
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

  /** Name of the projection; the file name of its module until that was loaded. */
  get name(): string {
    return this.current.name;
  }

  /** What the projection is; undefined until its module was loaded. */
  get identity(): LiveProjection | undefined {
    return this.current.identity;
  }

  /** The files that the module was made of when it was loaded last; none unless the option `reload` asks for them. */
  get files(): FileHashes {
    return this.latest.files ?? this.filesBefore;
  }

  /** Why the projection was given up, or paused. */
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
      if (this.isToRest) await generation.pause(this.options.stopTimeoutMs);
      await generation.run();
      this.settle(generation, identity);
    } catch (error) {
      if (generation.error === undefined && !this.isStopped) await this.giveUp(generation, error as Error);
      throw error;
    }
  }

  /**
   * Loads the module anew. When it has another projection in it, that is built beside the current one; when not, the
   * current one goes on with the new code. Rejects, and leaves the current one as it is, when the module is wrong. Reloads
   * come one after the other, so that each finds what the one before has left.
   */
  reload(): Promise<void> {
    const reload = this.reloading.then(() => this.reloadNow());
    this.reloading = reload.catch(() => undefined);
    return reload;
  }

  /** Lets the workers save and end, and rests until `resume`. Resolves when they are gone. */
  async pause(timeoutMs: number): Promise<void> {
    this.isToRest = true;
    // Whoever waits for a version that is being loaded must get it: `run` lets it rest once it is there.
    const loaded = [this.current, this.next].filter((generation) => generation?.isLoaded);
    await Promise.all([...loaded.map((generation) => generation?.pause(timeoutMs)), this.reloading]);
  }

  async replay(): Promise<ReplayReport> {
    if (this.isToRest) this.next?.resume();
    this.isToRest = false;
    // For the same reason workers cannot be replaced while they load.
    if (!this.current.isLoaded) await this.reloading;
    if (this.isToRest) throw projectionPaused(this.name, this.current.path);
    return this.current.replay(this.options.stopTimeoutMs);
  }

  /** Goes on where it rests, or where it was given up. */
  resume(): void {
    this.isToRest = false;
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
    if (this.isToRest || current.isStopped || isSame) {
      // Both would save in one place: the old one ends first. One that rests, or was given up, has no code left to go on with.
      await this.end(current);
      this.takePlace(changed);
    }
    if (this.isToRest && isSame) {
      // None of its workers tells what was saved before it runs.
      changed.follow(current);
      await changed.pause(this.options.stopTimeoutMs);
    }
    await this.run(changed);
  }

  /** The changed version follows the current one. */
  private takePlace(next: Generation): void {
    this.current = next;
    this.next = undefined;
    this.failure = undefined;
  }

  /** Starts the version anew that was given up, and stopped, for what was not its workers' fault. */
  private async startAnew(): Promise<void> {
    const { current, next } = this;
    // A reload has done it, or there is nothing more to do.
    if (!current.isStopped || this.isStopped) return;
    // The code of the current one is gone.
    if (next !== undefined) return this.endBefore(next);
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
      // One that was never told to run would not when it is resumed: another one must follow it.
      this.failure = error as Error;
      await this.end(anew);
    }
  }

  /** Tells readers of the projection's state what there is, as far as that may be read by now. */
  private settle(generation: Generation, identity: LiveProjection): void {
    this.live.read(identity.name);
    // What has never been read may be read while it is being built. How parts are merged may have changed.
    if (this.live.version === undefined || this.live.isOf(identity)) this.live.write(identity);
    this.trySwap(generation);
  }

  /** `projection`: what the module must have in it. */
  private generation(projection?: LiveProjection): Generation {
    const generation = new Generation(this.moduleUrl, this.options, this.startWorker, projection);
    this.generations.add(generation);
    for (const event of ['progress', 'caught-up'] as const) generation.on(event, () => this.trySwap(generation));
    passOnEvents(generation, this, () => generation === this.current);
    return generation;
  }

  /** Makes the version live that has been built beside the live one, when it has caught up, and its state is saved. */
  private trySwap(generation: Generation): void {
    const { identity } = generation;
    const before = this.live.version;
    if (before === undefined || identity === undefined || this.isStopped) return;
    // A changed version that failed takes nobody's place, and keeps nobody from taking it.
    const { next } = this;
    const candidate = next === undefined || next.error !== undefined ? this.current : next;
    if (generation !== candidate) return;
    if (this.live.isOf(identity)) {
      // The current one has never become live: there is nothing to wait for.
      if (generation !== next) return;
      this.endBefore(generation);
      this.emit('status');
      return;
    }
    // Nobody who has read the state of a version that runs finds less in that of the one that follows.
    const reached = generation === next ? this.current.status().savedPosition : 0;
    if (!generation.isBuilt || generation.coveredPosition < reached) return;
    try {
      this.live.write(identity);
    } catch (error) {
      void this.giveUp(generation, error as Error);
      return;
    }
    if (generation === next) this.endBefore(generation);
    this.emit('swap', identity.version, before);
    this.emit('status');
  }

  /** Lets the changed version follow the current one at once. */
  private endBefore(next: Generation): void {
    void this.end(this.current);
    this.takePlace(next);
  }

  /** What went wrong is not a worker's fault. A version that was being built beside the current one harms only itself. */
  private async giveUp(generation: Generation, error: Error): Promise<void> {
    if (generation === this.next) this.next = undefined;
    else this.failure = error;
    await this.end(generation);
    this.emit('status');
    this.emit('failed', error);
  }

  /** Stops a version whose work is over; until its workers are gone, `stop` waits for them, too. */
  private async end(generation: Generation): Promise<void> {
    await generation.stop(this.options.stopTimeoutMs);
    this.generations.delete(generation);
  }
}
