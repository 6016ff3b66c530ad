/**
 * What is known about one part of a projection, over all its processes: what they said they are, how far they came, what they
 * measured, why they ended.
 */
import { basename } from 'node:path';
import { systemClock } from '@varve/core';
import { LagHistogram } from '../lag/lag-histogram.ts';
import { modulePathOf } from '../projection/projection-module.ts';
import type { LiveProjection } from '../projection/live-projection.ts';
import type { ErrorReport } from '../protocol/error-report.ts';
import type { FileHashes } from '../protocol/file-hash.ts';
import type { ProgressReport } from '../protocol/messages.ts';
import type { ProjectionRunState, WorkerStatus } from './projection-status.ts';

const noProgress: Omit<ProgressReport, 'liveLag' | 'handledEvents'> = {
  position: 0,
  savedPosition: 0,
  coveredPosition: 0,
  lagEvents: 0,
  lagMs: 0,
  isLive: false,
  deadLetters: [],
};

export class ProjectionAccount {
  readonly path: string;
  identity: LiveProjection | undefined;
  restarts = 0;
  lastError: ErrorReport | undefined;
  /** The files that the module is made of, as the first process found them. */
  files: FileHashes | undefined;
  readonly liveLag = new LagHistogram();
  private runState: ProjectionRunState = 'starting';
  private progress = noProgress;
  private handledEvents = 0;
  private lastProgressAt: number | undefined;
  /** Whether the worker of now has found its events in the store. */
  private isConfirmed = false;

  constructor(moduleUrl: string) {
    this.path = modulePathOf(moduleUrl);
  }

  /** Name of the projection; the file name of its module until that was loaded. */
  get name(): string {
    return this.identity?.name ?? basename(this.path);
  }

  get state(): ProjectionRunState {
    return this.runState;
  }

  /** The saved state contains all events of the projection up to this position, for all that is known at this moment. */
  get coveredPosition(): number {
    if (!this.isConfirmed) return 0;
    const { coveredPosition, savedPosition } = this.progress;
    // What comes behind the state may be lost, and events of the projection take its place, while no worker looks.
    return this.runState === 'running' ? coveredPosition : Math.min(coveredPosition, savedPosition);
  }

  /** The state may be of events that the store does not have any more: what was told of it counts again with the next report. */
  distrust(): void {
    this.isConfirmed = false;
  }

  /** Goes on from what another account knows of the same saved state. */
  follow({ progress, isConfirmed }: ProjectionAccount): void {
    this.progress = { ...progress, isLive: false };
    this.isConfirmed = isConfirmed;
  }

  /** Positions of the events that it skipped. */
  get deadLetters(): readonly number[] {
    return this.progress.deadLetters;
  }

  enter(state: ProjectionRunState): void {
    this.runState = state;
    if (state !== 'running') this.progress = { ...this.progress, isLive: false };
  }

  /** Takes in a report. The result says whether the projection has just caught up. */
  add(report: ProgressReport): boolean {
    this.isConfirmed = true;
    const wasBehind = this.progress.lagEvents > 0 || !this.progress.isLive;
    this.progress = report;
    this.handledEvents += report.handledEvents;
    if (report.handledEvents > 0) this.lastProgressAt = systemClock.nowUs() / 1000;
    this.liveLag.add(report.liveLag);
    return wasBehind && report.isLive && report.lagEvents === 0;
  }

  status(pid: number | undefined, failures: number): WorkerStatus {
    const { position, savedPosition, lagEvents, lagMs, isLive } = this.progress;
    return {
      state: this.runState,
      pid,
      position,
      savedPosition,
      coveredPosition: this.coveredPosition,
      lag: { events: lagEvents, ms: lagMs },
      isLive,
      handledEvents: this.handledEvents,
      deadLetters: this.deadLetters.length,
      lastProgressAt: this.lastProgressAt,
      restarts: this.restarts,
      failures,
      lastError: this.lastError,
    };
  }
}
