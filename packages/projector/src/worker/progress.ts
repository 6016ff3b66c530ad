/**
 * Tracks how far a worker is, and reports it: when something changed, but at most once per interval, and periodically
 * as a sign of life. An event costs a few additions; anything slower is left to the report.
 *
 * The live lag counts only events that were handled after the worker has caught up once: the events that a worker finds
 * when it begins were waiting for the worker, which is not lag from commit to handler.
 */
import { type Clock, type EventMetadata, systemClock, type Timer } from '@varve/core';
import { LagHistogram } from '../lag/lag-histogram.ts';
import type { ProgressReport } from '../protocol/messages.ts';
import type { ProjectionSource } from './projection-source.ts';

export interface ProgressOptions {
  readonly source: ProjectionSource;
  /** The store position up to which events can be read now. */
  readonly storePosition: () => number;
  /** The current positions of the projection's dead letters. */
  readonly deadLetters: () => readonly number[];
  /** The position of the saved state with which the worker begins. */
  readonly startPosition: number;
  readonly reportIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  readonly send: (report: ProgressReport) => void;
  readonly clock?: Clock;
}

export class Progress {
  private readonly options: ProgressOptions;
  private readonly clock: Clock;
  private readonly liveLag = new LagHistogram();
  private position: number;
  private savedPosition: number;
  /**
   * The number of events of the stream before the worker began; undefined while the store, or a copy of it, does not
   * have them all.
   */
  private startVersion: number | undefined;
  /** The number of events handled since then, and the number of those that the saved state contains. */
  private handledSinceStart = 0;
  private savedSinceStart = 0;
  /** The number of events handled since the last report. */
  private handledEvents = 0;
  private isLive = false;
  /** As far as is known, the state contains all events that were committed up to this time. */
  private completeUpToUs: number;
  private sentAtUs = 0;
  private nextReport: Timer | undefined;
  private nextHeartbeat: Timer | undefined;

  constructor(options: ProgressOptions) {
    const { startPosition } = options;
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.completeUpToUs = this.clock.nowUs();
    this.position = startPosition;
    this.savedPosition = startPosition;
  }

  /** Starts to report. */
  start(): void {
    this.scheduleReport();
    this.scheduleHeartbeat();
  }

  /** Sends the last report. */
  finish(): void {
    this.nextHeartbeat?.cancel();
    this.report();
  }

  handled(metadata: EventMetadata): void {
    this.position = metadata.position;
    this.handledSinceStart++;
    this.handledEvents++;
    const { committedAtUs } = metadata;
    if (this.isLive) this.liveLag.record(this.clock.nowUs() - committedAtUs);
    // An event that comes after a quiet hour is not an hour late: nothing was missing until it came.
    if (!this.isLive || committedAtUs > this.completeUpToUs) this.completeUpToUs = committedAtUs;
    this.scheduleReport();
  }

  saved(position: number): void {
    // Before the first event is handled, only the initial state can be saved.
    if (position !== this.position) return;
    this.savedPosition = position;
    this.savedSinceStart = this.handledSinceStart;
    this.scheduleReport();
  }

  caughtUp(): void {
    this.isLive = true;
    this.completeUpToUs = this.clock.nowUs();
    this.scheduleReport();
  }

  /** The store has more events, which may not concern this projection. */
  advanced(): void {
    this.scheduleReport();
  }

  private scheduleReport(): void {
    if (this.nextReport !== undefined) return;
    const elapsedMs = (this.clock.nowUs() - this.sentAtUs) / 1000;
    const delayMs = Math.min(Math.max(0, this.options.reportIntervalMs - elapsedMs), this.options.reportIntervalMs);
    this.nextReport = this.clock.setTimer(() => this.report(), delayMs);
  }

  private scheduleHeartbeat(): void {
    this.nextHeartbeat = this.clock.setTimer(() => {
      this.report();
      this.scheduleHeartbeat();
    }, this.options.heartbeatIntervalMs);
  }

  private report(): void {
    this.nextReport?.cancel();
    this.nextReport = undefined;
    const nowUs = this.clock.nowUs();
    this.sentAtUs = nowUs;
    this.options.send(this.measure(nowUs));
    this.handledEvents = 0;
  }

  /** The number of events that are there and were not handled yet. */
  get lagEvents(): number {
    return Math.max(0, (this.arrived ?? 0) - this.handledSinceStart);
  }

  /** The number of events of the stream since the worker began; undefined while that cannot be determined. */
  private get arrived(): number | undefined {
    const { source, startPosition } = this.options;
    this.startVersion ??= source.versionAt(startPosition);
    return this.startVersion === undefined ? undefined : source.length() - this.startVersion;
  }

  private measure(nowUs: number): ProgressReport {
    const { deadLetters } = this.options;
    const { arrived } = this;
    const lagEvents = Math.max(0, (arrived ?? 0) - this.handledSinceStart);
    if (lagEvents === 0) this.completeUpToUs = nowUs;
    return {
      position: this.position,
      savedPosition: this.savedPosition,
      coveredPosition: this.coveredPosition(arrived),
      lagEvents,
      lagMs: Math.max(0, nowUs - this.completeUpToUs) / 1000,
      isLive: this.isLive,
      handledEvents: this.handledEvents,
      deadLetters: deadLetters(),
      liveLag: this.liveLag.take(),
    };
  }

  private coveredPosition(arrived: number | undefined): number {
    const storePosition = this.options.storePosition();
    // A copy that is behind, or a store that was cut back: whether it will have the events of the state is unknown.
    if (arrived === undefined || storePosition < this.position) return 0;
    return this.savedSinceStart >= arrived ? storePosition : this.savedPosition;
  }
}
