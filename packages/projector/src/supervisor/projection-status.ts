/** What a projector knows about each of its projections: plain data, ready to be shown or sent. */
import type { LagSummary } from '../lag/lag-histogram.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

/**
 * `starting`: its first process is coming up. `running`: events are handled as they come. `rebuilding`: the same, but its
 * state is not read before it has caught up, since another version is live until then. `restarting`: its process
 * ended, or hung and was told to end, and another one comes up after that and a wait. `paused`: it rests until it is resumed,
 * because it was told to or because of an event that it cannot handle. `failed`: it was given up. `stopped`: it was told to stop.
 */
export type ProjectionRunState = 'starting' | 'running' | 'rebuilding' | 'restarting' | 'paused' | 'failed' | 'stopped';

/** How the process of one part of a projection is doing. */
export interface WorkerStatus {
  readonly state: ProjectionRunState;
  /** Id of its process; undefined while there is none. */
  readonly pid: number | undefined;
  /** Position of the last event that was handled; 0 when there is none. This and what follows: as of the last report. */
  readonly position: number;
  /** The same for the state that was saved last. */
  readonly savedPosition: number;
  /**
   * The saved state contains all events of the projection's stream up to this position of the store, as `waitFor` takes it: 0 until
   * a new process has reported, and at most `savedPosition` while the projection does not run.
   */
  readonly coveredPosition: number;
  /** Events that wait to be handled, and how long the oldest of them may have been waiting. */
  readonly lag: { readonly events: number; readonly ms: number };
  /** Whether its process has handled all events there were at least once. */
  readonly isLive: boolean;
  /** Events handled by all its processes, those handled again after a crash included. */
  readonly handledEvents: number;
  /** Events that were skipped, because they could not be handled. */
  readonly deadLetters: number;
  /** When a report last told of an event that was handled, in milliseconds since 1970; undefined when none did. */
  readonly lastProgressAt: number | undefined;
  /** Processes that were started after the first. */
  readonly restarts: number;
  /** Ends of its process in a row without progress. */
  readonly failures: number;
  /** Why its process ended the last time when it was not told to. */
  readonly lastError: ErrorReport | undefined;
}

/** How one version of a projection is doing: of several parts, the one that is least well, or least far. */
export interface GenerationStatus extends WorkerStatus {
  /** What it reads, in words: the name of a stream, or `category user`. */
  readonly stream: string | undefined;
  readonly version: number | undefined;
  /** From commit to handler, of the events that were handled while live; what came after a restart is not among them. */
  readonly liveLag: LagSummary;
  /** Its parts, when there are several. */
  readonly parts: readonly WorkerStatus[];
}

export interface ProjectionStatus extends GenerationStatus {
  /** Name of the projection; the file name of its module until that was loaded. */
  readonly name: string;
  /** Path of its module. */
  readonly path: string;
  /** Version whose state is read; undefined until a version has run. */
  readonly liveVersion: number | undefined;
  /** The changed projection that is being built beside this one, after a reload. */
  readonly rebuild: GenerationStatus | undefined;
}

/** A process that ended, and the one that follows it. */
export interface ProjectionRestart {
  readonly name: string;
  /** Wait until the next process is started. */
  readonly delayMs: number;
  readonly failures: number;
  readonly error: ErrorReport;
}
