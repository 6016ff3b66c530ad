/** What a projector knows about each of its projections: plain data, ready to be shown or sent. */
import type { LagSummary } from '../lag/lag-histogram.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

/**
 * `starting`: its first process is starting. `running`: events are handled as they come. `rebuilding`: the same, but
 * its state is not read before it has caught up, because another version is live until then. `restarting`: its process
 * ended, or hung and was told to end; another one starts after that and a wait. `paused`: it waits until it is resumed,
 * because it was paused or because of an event that it cannot handle. `failed`: it was given up. `stopped`: it was told
 * to stop.
 */
export type ProjectionRunState = 'starting' | 'running' | 'rebuilding' | 'restarting' | 'paused' | 'failed' | 'stopped';

/** The status of the process of one part of a projection. */
export interface WorkerStatus {
  readonly state: ProjectionRunState;
  /** The id of its process; undefined while there is none. */
  readonly pid: number | undefined;
  /** The position of the last handled event; 0 when there is none. This and the fields below are as of the last report. */
  readonly position: number;
  /** The same for the last saved state. */
  readonly savedPosition: number;
  /**
   * The saved state contains all events of the projection's stream up to this position of the store; `waitFor` waits
   * for this value. It is 0 until a new process has reported, and at most `savedPosition` while the projection does not
   * run.
   */
  readonly coveredPosition: number;
  /** The events that wait to be handled, and the longest time that the oldest of them may have been waiting. */
  readonly lag: { readonly events: number; readonly ms: number };
  /** Whether its process has caught up with all events at least once. */
  readonly isLive: boolean;
  /** The number of events handled by all its processes, including those handled again after a crash. */
  readonly handledEvents: number;
  /** The number of events that were skipped because they could not be handled. */
  readonly deadLetters: number;
  /** When a report last included a handled event, in milliseconds since 1970; undefined when none did. */
  readonly lastProgressAt: number | undefined;
  /** The number of processes that were started after the first. */
  readonly restarts: number;
  /** The number of ends of its process in a row without progress. */
  readonly failures: number;
  /** Why its process last ended without being told to. */
  readonly lastError: ErrorReport | undefined;
}

/**
 * The status of one version of a projection; with several parts, that of the part in the worst state or with the lowest
 * position.
 */
export interface GenerationStatus extends WorkerStatus {
  /** What it reads, as text: the name of a stream, or `category user`. */
  readonly stream: string | undefined;
  readonly version: number | undefined;
  /**
   * The lag from commit to handler, of the events that were handled while live; events that came after a restart are
   * not included.
   */
  readonly liveLag: LagSummary;
  /** The status of its parts, when there are several. */
  readonly parts: readonly WorkerStatus[];
}

export interface ProjectionStatus extends GenerationStatus {
  /** The projection's name; until its module was loaded, the module's file name. */
  readonly name: string;
  /** The path of its module. */
  readonly path: string;
  /** The version whose state is read; undefined until a version has run. */
  readonly liveVersion: number | undefined;
  /** The changed projection that is being built next to this one after a reload. */
  readonly rebuild: GenerationStatus | undefined;
}

/** A process that ended and is followed by another one. */
export interface ProjectionRestart {
  readonly name: string;
  /** The wait until the next process is started. */
  readonly delayMs: number;
  readonly failures: number;
  readonly error: ErrorReport;
}
