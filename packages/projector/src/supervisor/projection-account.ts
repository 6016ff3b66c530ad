/**
 * What is known about one part of a projection, over all its processes: their identity, their progress, their
 * measurements, the reasons for their ends.
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
  /** The files of which the module consists, as the first process found them. */
  files: FileHashes | undefined;
  readonly liveLag = new LagHistogram();
  private runState: ProjectionRunState = 'starting';
  private progress = noProgress;
  private handledEvents = 0;
  private lastProgressAt: number | undefined;
  /** Whether the current worker has found its events in the store. */
  private isConfirmed = false;

  constructor(moduleUrl: string) {
    this.path = modulePathOf(moduleUrl);
  }

  /** The projection's name; until its module was loaded, the module's file name. */
  get name(): string {
    return this.identity?.name ?? basename(this.path);
  }

  get state(): ProjectionRunState {
    return this.runState;
  }

  /** As far as is known at this moment, the saved state contains all events of the projection up to this position. */
  get coveredPosition(): number {
    if (!this.isConfirmed) return 0;
    const { coveredPosition, savedPosition } = this.progress;
    // Without a worker, events after the state may be lost unnoticed, and other events of the projection may take their
    // place.
    return this.runState === 'running' ? coveredPosition : Math.min(coveredPosition, savedPosition);
  }

  /** The state may contain events that the store no longer has: earlier reports count again only after the next one. */
  distrust(): void {
    this.isConfirmed = false;
  }

  /** Takes over what another account knows about the same saved state. */
  follow({ progress, isConfirmed }: ProjectionAccount): void {
    this.progress = { ...progress, isLive: false };
    this.isConfirmed = isConfirmed;
  }

  /** The positions of skipped events. */
  get deadLetters(): readonly number[] {
    return this.progress.deadLetters;
  }

  enter(state: ProjectionRunState): void {
    this.runState = state;
    if (state !== 'running') this.progress = { ...this.progress, isLive: false };
  }

  /** A worker begins after `position`; its first report is yet to come. */
  begin(position: number, lagEvents: number): void {
    this.progress = { ...this.progress, position, savedPosition: position, lagEvents };
  }

  /** Adds a report. The result says whether the projection has just caught up. */
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
