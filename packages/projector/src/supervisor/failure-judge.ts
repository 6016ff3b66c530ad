/**
 * Decides what becomes of a projection whose worker ended without being told to: another worker after a wait, a pause,
 * or the end. And what the next worker must know: which event to be wary of.
 *
 * A worker that throws says at which event, and has done what the failure policy says by itself. One that died or hung said
 * nothing; so the next one announces its events, and an event that was announced last by one after the other is to blame.
 */
import type { ErrorCode } from '@varve/core';
import type { ErrorReport } from '../protocol/error-report.ts';
import type { CondemnedEvent, FailureRules, WorkerSettings } from '../protocol/messages.ts';
import type { RestartOptions } from './projector-options.ts';
import { RestartPolicy } from './restart-policy.ts';

export type Verdict =
  { readonly kind: 'restart'; readonly delayMs: number } | { readonly kind: 'pause' } | { readonly kind: 'give-up' };

/** How a worker ended. */
export interface WorkerFailure {
  readonly error: ErrorReport;
  /** Whether it said so itself. */
  readonly wasTold: boolean;
  /** Whether it asked for a pause. */
  readonly pauses: boolean;
}

/** What another attempt cannot mend: the projection is given up at once. */
const hopeless: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  'CONSUMER_STATE',
  'DIVERGED',
  'INVALID_OPTION',
  'INVALID_QUERY',
  'INVALID_STREAM_NAME',
  'NEWER_FORMAT',
  'NOT_A_STORE',
  'NOT_INDEXED',
  'PROJECTION_INVALID',
  'PROJECTION_LOAD',
  'STORE_MISSING',
]);

/** The end of a worker that could not say why. */
export function silentDeath(message: string): WorkerFailure {
  return { error: { message }, wasTold: false, pauses: false };
}

/** Whether the error will be the same the next time. */
export function isHopeless({ code }: ErrorReport): boolean {
  return hopeless.has(code);
}

export class FailureJudge {
  readonly restarts: RestartPolicy;
  private rules: FailureRules = { onFailure: 'retry', attempts: 1 };
  private announcesEvents = false;
  /** Position that the running worker announced last. */
  private announced: number | undefined;
  /** The event that workers died at, and how many of them. */
  private suspect: { readonly position: number; readonly deaths: number } | undefined;
  private condemned: CondemnedEvent | undefined;

  constructor(options: Required<RestartOptions>) {
    this.restarts = new RestartPolicy(options);
  }

  /** What the next worker is told. */
  get caution(): Pick<WorkerSettings, 'announcesEvents' | 'condemned'> {
    return { announcesEvents: this.announcesEvents, condemned: this.condemned };
  }

  loaded(rules: FailureRules): void {
    this.rules = rules;
    this.announced = undefined;
  }

  attempted(position: number): void {
    this.announced = position;
  }

  saved(position: number): void {
    this.restarts.saved(position);
    if (this.condemned !== undefined && position >= this.condemned.position) this.condemned = undefined;
    if (this.suspect !== undefined && position >= this.suspect.position) this.suspect = undefined;
  }

  /** Somebody says that what was wrong has been mended. */
  forgive(): void {
    this.restarts.forgive();
    this.suspect = undefined;
    this.condemned = undefined;
  }

  judge(failure: WorkerFailure): Verdict {
    const { error } = failure;
    const { onFailure, attempts } = this.rules;
    const hasPolicyRun = failure.wasTold || onFailure === 'retry';
    // One death tells that something is wrong, and each of the attempts at the event may be another.
    const delayMs = isHopeless(error) ? undefined : this.restarts.failed(hasPolicyRun ? 0 : attempts + 1);
    if (failure.pauses) return { kind: 'pause' };
    if (delayMs === undefined) return { kind: 'give-up' };
    if (hasPolicyRun) return { kind: 'restart', delayMs };
    this.announcesEvents = true;
    if (this.blame() < attempts) return { kind: 'restart', delayMs };
    const { position } = this.suspect!;
    if (onFailure === 'pause') return { kind: 'pause' };
    this.condemned = { position, attempts, error: { ...error, position } };
    return { kind: 'restart', delayMs };
  }

  /** How many workers in a row have died at the event that was announced last. */
  private blame(): number {
    const { announced, suspect } = this;
    this.announced = undefined;
    if (announced === undefined) return 0;
    const deaths = suspect?.position === announced ? suspect.deaths + 1 : 1;
    this.suspect = { position: announced, deaths };
    return deaths;
  }
}
