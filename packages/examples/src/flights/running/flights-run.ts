/**
 * The running processes of the job: one writes, one per projection reads, and this one watches through a read-only
 * store, kills two of them, and ensures that all of them end.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ReadOnlyEventStore } from '@varve/core';
import { Projector } from '@varve/projector';
import { inGroups } from '../display/number-text.ts';
import type { FlightProjection } from '../projections/flight-projections.ts';
import { storeName } from '../store-name.ts';
import { WriterSupervisor } from '../writing/writer-supervisor.ts';
import type { WriterSettings } from '../writing/writer-messages.ts';
import { allowanceFor } from './allowance.ts';
import { describeKill, type Kill, KillPlan } from './kill-plan.ts';
import { isComplete, type RunProgress } from './run-progress.ts';
import { withSignal } from './with-signal.ts';

export interface RunSettings extends WriterSettings {
  readonly totalEvents: number;
  readonly projections: readonly FlightProjection[];
  /** The name of the projection whose process is killed. */
  readonly victim: string;
}

/** Receives what happens during a run. */
export interface RunObserver {
  progress(progress: RunProgress): void;
  /** A message worth a line of its own. */
  note(text: string): void;
}

/** The time between two checks of the progress. */
const lookIntervalMs = 20;
const stopTimeoutMs = 5000;

/**
 * States are saved now and then, not whenever a projection has caught up, so that a killed projector has events to
 * handle again.
 */
const checkpoint = { everyEvents: 1000, everyMs: 250, onCaughtUp: false };

export class FlightsRun implements AsyncDisposable {
  readonly store: ReadOnlyEventStore;
  private readonly settings: RunSettings;
  private readonly observer: RunObserver;
  private readonly writer: WriterSupervisor;
  private readonly projector: Projector;
  private readonly kills: KillPlan;
  private readonly startedAtMs = performance.now();
  private finishedAtMs = 0;
  private failure: Error | undefined;

  /** Starts the writer and, once the store exists, the other processes. Rejects with everything stopped. */
  static async start(settings: RunSettings, observer: RunObserver, signal: AbortSignal): Promise<FlightsRun> {
    let run: FlightsRun | undefined;
    const { storageDirectory, flights, eventsPerSecond } = settings;
    const writer = new WriterSupervisor({ storageDirectory, flights, eventsPerSecond }, (position) => {
      observer.note(`the writer is back, in another process, and carries on after event ${inGroups(position)}`);
    });
    try {
      await withSignal(writer.opened, signal);
      const store = await ReadOnlyEventStore.open(storeName, { storageDirectory });
      run = new FlightsRun(settings, observer, writer, store);
      await run.startProjections(signal);
      return run;
    } catch (error) {
      await (run === undefined ? writer.stop(stopTimeoutMs) : run[Symbol.asyncDispose]());
      throw error;
    }
  }

  private constructor(
    settings: RunSettings,
    observer: RunObserver,
    writer: WriterSupervisor,
    store: ReadOnlyEventStore,
  ) {
    this.settings = settings;
    this.observer = observer;
    this.writer = writer;
    this.store = store;
    this.kills = new KillPlan(settings.victim);
    const { storageDirectory, projections } = settings;
    const modules = projections.map(({ module }) => module);
    this.projector = new Projector({ projections: modules, storageDirectory, store: storeName, checkpoint });
    this.store.on('error', (error) => this.fail(error));
    this.projector.on('failed', (_, error) => this.fail(error));
    this.projector.on('restart', ({ name, error }) => {
      observer.note(`the supervisor starts the projector of ${name} again: ${error.message}`);
    });
    this.projector.on('status', ({ name, state, restarts }) => {
      if (state === 'running' && restarts > 0) observer.note(`the projector of ${name} is back, in another process`);
    });
  }

  /** The time since the store was opened, including the time without a writer. */
  get writtenInSeconds(): number {
    return (this.finishedAtMs - this.startedAtMs) / 1000;
  }

  get killed(): readonly Kill[] {
    return this.kills.done;
  }

  progress(): RunProgress {
    const { writer, store, projector, settings } = this;
    return {
      totalEvents: settings.totalEvents,
      writer: { state: writer.state, pid: writer.pid, position: store.position },
      projections: projector.status(),
    };
  }

  /** Resolves when everything is written, and saved by every projection. Rejects when a process fails. */
  async untilComplete(signal: AbortSignal): Promise<void> {
    for (;;) {
      const progress = this.progress();
      if (this.writer.failure !== undefined) this.fail(this.writer.failure);
      if (this.failure !== undefined) throw this.failure;
      if (progress.writer.state === 'finished') this.finishedAtMs ||= performance.now();
      this.observer.progress(progress);
      if (isComplete(progress)) break;
      for (const kill of this.kills.take(progress)) this.kill(kill);
      this.writer.allow(allowanceFor(progress));
      await wait(lookIntervalMs, undefined, { signal });
    }
    await this.store.waitFor(this.settings.totalEvents, { signal });
  }

  /** Lets the projections save their states, and ends their processes. */
  async stopProjections(): Promise<void> {
    await this.projector.stop({ timeoutMs: stopTimeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.stopProjections(), this.writer.stop(stopTimeoutMs)]);
    await this.store.close();
  }

  private async startProjections(signal: AbortSignal): Promise<void> {
    // The writer already works while the projectors are still starting.
    this.writer.allow(allowanceFor(this.progress()));
    await withSignal(this.projector.start(), signal);
    for (const [index, { name }] of this.settings.projections.entries()) {
      const found = this.projector.status()[index]?.name;
      if (found !== name) throw new Error(`The projection ${name} was replaced by one named ${String(found)}.`);
    }
  }

  private kill(kill: Kill): void {
    this.observer.note(`${describeKill(kill)} (process ${kill.pid}, SIGKILL)`);
    if (kill.victim === 'writer') this.writer.kill();
    else process.kill(kill.pid, 'SIGKILL');
  }

  private fail(error: Error): void {
    this.failure ??= error;
  }
}
