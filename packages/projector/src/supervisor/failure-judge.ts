/**
 * Decides what happens to a projection whose worker ended without being told to: another worker after a wait, a pause,
 * or the end. It also decides what the next worker must know: which event may be the cause.
 *
 * A worker whose function throws reports the event, and has applied the failure policy itself. A worker that died or
 * hung reported nothing, so the next one announces its events: an event that several workers in a row announced last is
 * to blame.
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
  /** Whether the worker reported the error itself. */
  readonly wasTold: boolean;
  /** Whether the worker asked for a pause. */
  readonly pauses: boolean;
}

/** Errors that another attempt cannot fix: the projection is given up at once. */
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

/** The failure of a worker that could not report an error. */
export function silentDeath(message: string): WorkerFailure {
  return { error: { message }, wasTold: false, pauses: false };
}

/** Whether the same error would occur the next time. */
export function isHopeless({ code }: ErrorReport): boolean {
  return hopeless.has(code);
}

export class FailureJudge {
  readonly restarts: RestartPolicy;
  private rules: FailureRules = { onFailure: 'retry', attempts: 1 };
  private announcesEvents = false;
  /** The position that the running worker announced last. */
  private announced: number | undefined;
  /** The event at which workers died, and the number of deaths. */
  private suspect: { readonly position: number; readonly deaths: number } | undefined;
  private condemned: CondemnedEvent | undefined;

  constructor(options: Required<RestartOptions>) {
    this.restarts = new RestartPolicy(options);
  }

  /** The part of the next worker's settings that depends on failures. */
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

  /** Forgets past failures, because someone says that their cause was fixed. */
  forgive(): void {
    this.restarts.forgive();
    this.suspect = undefined;
    this.condemned = undefined;
  }

  judge(failure: WorkerFailure): Verdict {
    const { error } = failure;
    const { onFailure, attempts } = this.rules;
    const hasPolicyRun = failure.wasTold || onFailure === 'retry';
    // One death shows that something is wrong, and each of the attempts at the event may be another.
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
