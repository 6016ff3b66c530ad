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

  get coveredPosition(): number {
    return this.progress.coveredPosition;
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
    const wasBehind = this.progress.lagEvents > 0 || !this.progress.isLive;
    this.progress = report;
    this.handledEvents += report.handledEvents;
    if (report.handledEvents > 0) this.lastProgressAt = systemClock.nowUs() / 1000;
    this.liveLag.add(report.liveLag);
    return wasBehind && report.isLive && report.lagEvents === 0;
  }

  status(pid: number | undefined, failures: number): WorkerStatus {
    const { position, savedPosition, coveredPosition, lagEvents, lagMs, isLive } = this.progress;
    return {
      state: this.runState,
      pid,
      position,
      savedPosition,
      coveredPosition,
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
