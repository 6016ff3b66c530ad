/**
 * What a supervisor and its workers say to each other, over the channel between their processes. A worker is told to
 * load; says what it loaded; is told to run, once all projections are known to differ; and reports from then on.
 */
import type { CheckpointOptions } from '@varve/core';
import type { LagSample } from '../lag/lag-histogram.ts';
import type { LiveProjection } from '../projection/live-projection.ts';
import type { FailurePolicy } from '../projection/projection.ts';
import type { ErrorReport } from './error-report.ts';
import type { FileHashes } from './file-hash.ts';

/** All that a worker needs to know. */
export interface WorkerSettings {
  readonly moduleUrl: string;
  /** Number of the part of the projection that it runs, from 0. */
  readonly part: number;
  readonly storageDirectory: string;
  readonly store: string;
  readonly stateDirectory: string | undefined;
  readonly checkpoint: CheckpointOptions;
  readonly reportIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  /** Waits between attempts at an event. */
  readonly retry: Backoff;
  /** Id of the supervisor's process, and the time that the worker has to end once that is gone. */
  readonly supervisorPid: number;
  readonly orphanTimeoutMs: number;
  /** The process before this one died without a word: say of each event, for a while, that it is tried. */
  readonly announcesEvents: boolean;
  /** An event that killed process after process: it goes to the dead letters without another attempt. */
  readonly condemned: CondemnedEvent | undefined;
  /** Handle the dead letters again first. */
  readonly replaysDeadLetters: boolean;
  /** Say of which files the module is made. */
  readonly tellsFiles: boolean;
}

/** What became of dead letters that were handled again. */
export interface ReplayReport {
  /** Those that are none any more. */
  readonly replayed: number;
  /** Those that failed once more, and stay. */
  readonly failed: number;
}

/** The same of one part of a projection, by the positions of the events: parts may have letters of the same event. */
export interface ReplayedLetters {
  readonly replayed: readonly number[];
  readonly failed: readonly number[];
}

/** Waits that grow: the first one, then each so many times longer, up to a limit. */
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
  /** The files that the module is made of, as far as it could be loaded; sent only where `tellsFiles` asks for it. */
  | { readonly type: 'files'; readonly files: FileHashes }
  /** The module was loaded and exports this projection. */
  | { readonly type: 'loaded'; readonly projection: LiveProjection; readonly rules: FailureRules }
  /** The store is open and the saved state was read; events are handled from here on. */
  | { readonly type: 'running'; readonly position: number }
  /** The dead letters were handled again. */
  | ({ readonly type: 'replayed' } & ReplayedLetters)
  /** An event is about to be handled; sent only where `announcesEvents` asks for it. */
  | { readonly type: 'attempt'; readonly position: number }
  /** Sent when something changed, but not more often than every `reportIntervalMs`; and as a sign of life. */
  | ({ readonly type: 'progress' } & ProgressReport)
  /** The worker ends, for this reason; with `pauses`, after all attempts at an event that the policy allows. */
  | { readonly type: 'failed'; readonly error: ErrorReport; readonly pauses: boolean };

/** The last that a thread says, with what a process would have ended with: it may be ended now. */
export interface ThreadEnd {
  readonly type: 'end';
  readonly exitCode: number;
}

export interface ProgressReport {
  /** Position of the last event that was handled; 0 when there is none. */
  readonly position: number;
  /** The same for the state that was saved last. */
  readonly savedPosition: number;
  /** The saved state contains all events of the projection's stream up to this position of the store. */
  readonly coveredPosition: number;
  /** Events of the stream that can be read and were not handled yet. */
  readonly lagEvents: number;
  /** How long the oldest of them may have been waiting; 0 when there are none. */
  readonly lagMs: number;
  /** Whether all events have been handled once since the worker began. */
  readonly isLive: boolean;
  /** Events handled since the last report. */
  readonly handledEvents: number;
  /** Positions of the events that are dead letters. */
  readonly deadLetters: readonly number[];
  /** From commit to handler, of those among them that were handled while the worker was live. */
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

/** Tells a message of ours from what a user's module may send over the same channel. */
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
