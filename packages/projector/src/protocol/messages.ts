/**
 * The messages between a supervisor and its workers, over the channel between their processes. A worker gets `load`,
 * and reports the projection it loaded; it gets `run` once all projections are known to differ, and reports its
 * progress from then on.
 */
import type { CheckpointOptions } from '@varve/core';
import type { LagSample } from '../lag/lag-histogram.ts';
import type { LiveProjection } from '../projection/live-projection.ts';
import type { FailurePolicy } from '../projection/projection.ts';
import type { ErrorReport } from './error-report.ts';
import type { FileHashes } from './file-hash.ts';

/** Everything that a worker needs to know. */
export interface WorkerSettings {
  readonly moduleUrl: string;
  /** The number of the part of the projection that it runs, from 0. */
  readonly part: number;
  readonly storageDirectory: string;
  readonly store: string;
  readonly stateDirectory: string | undefined;
  readonly checkpoint: CheckpointOptions;
  readonly reportIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  /** The waits between attempts at an event. */
  readonly retry: Backoff;
  /** The process id of the supervisor, and the time that the worker has to end once the supervisor is gone. */
  readonly supervisorPid: number;
  readonly orphanTimeoutMs: number;
  /** The previous process died silently: for a while, announce each event before it is tried. */
  readonly announcesEvents: boolean;
  /** An event at which one process after the other died: it goes to the dead letters without another attempt. */
  readonly condemned: CondemnedEvent | undefined;
  /** Replay the dead letters first. */
  readonly replaysDeadLetters: boolean;
  /** Report the files of which the module consists. */
  readonly tellsFiles: boolean;
}

/** The results of replayed dead letters. */
export interface ReplayReport {
  /** The number of events that were handled and are dead letters no more. */
  readonly replayed: number;
  /** The number of events that failed again, and remain dead letters. */
  readonly failed: number;
}

/** The same for one part of a projection, by event positions: parts may have letters of the same event. */
export interface ReplayedLetters {
  readonly replayed: readonly number[];
  readonly failed: readonly number[];
}

/** Growing waits: the first one, then each one `factor` times longer, up to a limit. */
export interface Backoff {
  readonly initialDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
}

export interface CondemnedEvent {
  readonly position: number;
  readonly attempts: number;
  readonly error: ErrorReport;
}

/** What a supervisor must know of a projection to judge its failures. */
export interface FailureRules {
  readonly onFailure: FailurePolicy;
  readonly attempts: number;
}

/** The wait before the attempt that follows `failures` failures, in milliseconds. */
export function delayAfter({ initialDelayMs, factor, maxDelayMs }: Backoff, failures: number): number {
  return Math.min(maxDelayMs, initialDelayMs * factor ** (failures - 1));
}

export type SupervisorMessage =
  { readonly type: 'load'; readonly settings: WorkerSettings } | { readonly type: 'run' } | { readonly type: 'stop' };

export type WorkerMessage =
  /** The files of which the module consists, as far as it could be loaded; sent only with `tellsFiles`. */
  | { readonly type: 'files'; readonly files: FileHashes }
  /** The module was loaded and exports this projection. */
  | { readonly type: 'loaded'; readonly projection: LiveProjection; readonly rules: FailureRules }
  /** The store is open and the saved state was read; from here on, events are handled. */
  | { readonly type: 'running'; readonly position: number; readonly lagEvents: number }
  /** The dead letters were replayed. */
  | ({ readonly type: 'replayed' } & ReplayedLetters)
  /** An event is about to be handled; sent only with `announcesEvents`. */
  | { readonly type: 'attempt'; readonly position: number }
  /** Sent when something changed, but at most every `reportIntervalMs`; and as a sign of life. */
  | ({ readonly type: 'progress' } & ProgressReport)
  /** The worker ends, with this error; with `pauses`, after all attempts at an event that the policy allows. */
  | { readonly type: 'failed'; readonly error: ErrorReport; readonly pauses: boolean };

/** The last message of a thread, with the exit code that a process would have; the thread may be terminated now. */
export interface ThreadEnd {
  readonly type: 'end';
  readonly exitCode: number;
}

export interface ProgressReport {
  /** The position of the last handled event; 0 when there is none. */
  readonly position: number;
  /** The same for the last saved state. */
  readonly savedPosition: number;
  /** The saved state contains all events of the projection's stream up to this position of the store. */
  readonly coveredPosition: number;
  /** The number of readable events of the stream that were not handled yet. */
  readonly lagEvents: number;
  /** The longest time that the oldest of them may have been waiting; 0 when there are none. */
  readonly lagMs: number;
  /** Whether the worker has caught up with all events once since it began. */
  readonly isLive: boolean;
  /** The number of events handled since the last report. */
  readonly handledEvents: number;
  /** The positions of the events that are dead letters. */
  readonly deadLetters: readonly number[];
  /** The lag from commit to handler, of those of them that were handled while the worker was live. */
  readonly liveLag: LagSample;
}

const workerMessageTypes: readonly string[] = [
  'files',
  'loaded',
  'running',
  'replayed',
  'attempt',
  'progress',
  'failed',
] satisfies WorkerMessage['type'][];
const supervisorMessageTypes: readonly string[] = ['load', 'run', 'stop'] satisfies SupervisorMessage['type'][];

/** Distinguishes our messages from those that a user's module may send over the same channel. */
export function isWorkerMessage(message: unknown): message is WorkerMessage {
  return isMessage(message, workerMessageTypes);
}

export function isThreadEnd(message: unknown): message is ThreadEnd {
  return isMessage(message, ['end'] satisfies ThreadEnd['type'][]);
}

export function isSupervisorMessage(message: unknown): message is SupervisorMessage {
  return isMessage(message, supervisorMessageTypes);
}

function isMessage(message: unknown, types: readonly string[]): boolean {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  return typeof message.type === 'string' && types.includes(message.type);
}
